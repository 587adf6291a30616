"""`tfkeypoints predict --also`: what other programs read, of a recording."""

import csv
import dataclasses
import importlib.util

import numpy as np
import pytest
from PIL import Image

from tests.commands.test_predict_scene import FRAMES, arrays, recording, scene_run  # noqa: F401
from tests.interchange.test_trc import parsed
from tests.visualization.test_scene_page import shown
from tfkeypoints import cli
from tfkeypoints.cameras.reading import read_calibration
from tfkeypoints.inference.poses import layout_of
from tfkeypoints.inference.smoothing import smoothed
from tfkeypoints.inference.tracker import Tracker
from tfkeypoints.interchange import NAMES, writing

RESULTS = {"keypoints.csv", "keypoints.npz", "keypoints.mp4", "keypoints.gif", "scene.html"}


def installed(package):
    return importlib.util.find_spec(package) is not None


@pytest.fixture
def words(scene_run, recording, tmp_path):  # noqa: F811
    folder, camera_file, _ = recording
    out = tmp_path / "out"
    return ["predict", str(scene_run.folder), str(folder), "--cameras", str(camera_file), "--out", str(out)]


def test_every_format_is_written_beside_the_results(words, tmp_path, capsys):
    here = [name for name in NAMES if all(installed(package) for package in writing.modules([name])[0].PACKAGES)]
    assert cli.main([*words, "--also", *here, "--unit", "m", "--fps", "50"]) == 0
    told, out = capsys.readouterr().out, tmp_path / "out"
    assert all(str(path) in told for path in out.iterdir() if path.name not in RESULTS)
    found = arrays(out)
    assert {"anipose", "dlc", "trc"} <= set(here)
    header, names, table = parsed(out / "keypoints.trc")
    assert names == [f"keypoint_{k:02d}" for k in range(4)] and header["Units"] == "m"
    np.testing.assert_allclose(table[:, 1], [0, 0.02, 0.04], atol=1e-9)
    np.testing.assert_allclose(table[:, 2:].reshape(3, 4, 3)[..., [2, 0, 1]], found["keypoints"], rtol=1e-9)
    calibration = read_calibration(words[4])
    projected = calibration.project(found["keypoints"].reshape(-1, 3)).reshape(2, FRAMES, 4, 2)
    distances = np.linalg.norm(projected - np.swapaxes(found["pixels"], 0, 1), axis=-1)
    agree = distances <= 0.02 * np.hypot(32, 32)
    np.testing.assert_array_equal(found["ncams"], agree.sum(0))
    expected = np.where(agree.any(0), (distances * agree).sum(0) / np.maximum(agree.sum(0), 1), distances.mean(0))
    np.testing.assert_allclose(found["error"], expected, rtol=1e-9)
    with open(out / "keypoints.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    np.testing.assert_allclose([float(row["error"]) for row in rows], found["error"].ravel(), rtol=1e-5)
    assert found["source_names"].tolist() == [[f"{time:03d}"] * 2 for time in range(3)]


def test_what_lacks_is_told_before_anything_is_predicted(words, run, tmp_path, capsys):
    for more, message in (
        (["--also", "trc", "--fps", "50"], "needs the length unit of the camera file"),
        (["--also", "nwb" if installed("ndx_pose") else "trc", "--unit", "m"], "--fps"),
        (["--also", "dlc", "--fps", "0"], "`fps` should be greater than 0. Received: fps=0.0"),
    ):
        assert cli.main([*words, *more]) == 2
        assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert cli.main(["predict", str(run.folder), words[2], "--also", "dlc"]) == 2
    assert "`also` is for runs of keypoint3d" in capsys.readouterr().err


@dataclasses.dataclass
class Numbered:
    """A recording of numbered images, of which every tenth number was kept and one lacks."""

    labels: tuple = (100, 110, 120, 140)
    times: np.ndarray | None = None
    sources: tuple = ()
    pairs: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros((4, 0), int))
    fps: float | None = None

    def __len__(self):
        return len(self.labels)


def test_numbers_that_lack_leave_gaps_in_time():
    np.testing.assert_allclose(layout_of(Numbered(), None, None, 50.0).times, [0, 0.02, 0.04, 0.08])
    assert layout_of(Numbered(), None, None, None).times is None
    with pytest.raises(ValueError, match=r"is for images whose names tell no times; this recording has 30.0 frames"):
        layout_of(Numbered(times=np.arange(4) / 30, fps=30.0), None, None, 50.0)
    with pytest.raises(ValueError, match=r"`unit` should be of m, cm, mm. Received: unit=inch"):
        layout_of(Numbered(), None, "inch", None)


def test_a_finished_prediction_gets_further_files_without_being_predicted_again(words, tmp_path, monkeypatch, capsys):
    assert cli.main(words) == 0
    before, page = arrays(tmp_path / "out"), (tmp_path / "out" / "scene.html").read_text()

    def refused(*_):
        raise AssertionError("predicted again")

    with monkeypatch.context() as patch:
        patch.setattr(Tracker, "find", refused)
        assert cli.main([*words, "--also", "anipose", "trc", "--unit", "mm", "--fps", "50"]) == 0
    told = capsys.readouterr()
    assert "nothing is predicted again" in told.err and "keypoints.trc" in told.out
    after = arrays(tmp_path / "out")
    for name in before:
        np.testing.assert_array_equal(after[name], before[name], err_msg=name)
    np.testing.assert_allclose(after["times"], [0, 0.02, 0.04], atol=1e-12)
    assert parsed(tmp_path / "out" / "keypoints.trc")[0]["Units"] == "mm"
    assert (tmp_path / "out" / "scene.html").read_text() == page.replace('"fps":10.0', '"fps":50.0')
    camera_file = tmp_path / "cameras.json"
    camera_file.write_text(camera_file.read_text().replace("15.5", "15.4"))
    assert cli.main(words) == 0  # other cameras: another prediction
    assert "nothing is predicted again" not in capsys.readouterr().err
    assert (arrays(tmp_path / "out")["keypoints"] != before["keypoints"]).any()


def test_points_are_smoothed_if_asked_and_the_files_say_so(words, recording, tmp_path, capsys):  # noqa: F811
    folder, _, images = recording
    for number in range(FRAMES, 30):
        for view, name in enumerate(("left", "right")):
            picture = np.roll(images[number % FRAMES, view], number, 1)
            Image.fromarray(picture).save(folder / name / f"{number:03d}.png")
    assert cli.main([*words, "--smooth", "6"]) == 2
    assert "`smooth` needs times" in capsys.readouterr().err
    assert cli.main([*words, "--fps", "50"]) == 0
    raw, header = arrays(tmp_path / "out"), (tmp_path / "out" / "keypoints.csv").read_text().splitlines()[0]
    assert "smoothed" not in raw and "smoothed_hz" not in header
    assert cli.main([*words, "--fps", "50", "--smooth", "6", "--also", "anipose"]) == 0
    found = arrays(tmp_path / "out")
    np.testing.assert_array_equal(found["keypoints"], raw["keypoints"])
    expected, hertz = smoothed(raw["keypoints"], np.arange(30) / 50, 6.0)
    np.testing.assert_allclose(found["smoothed"], expected, atol=1e-9)
    assert np.abs(expected - raw["keypoints"]).max() > 1e-4
    with open(tmp_path / "out" / "keypoints.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    written = np.array([[float(row[axis]) for axis in "xyz"] for row in rows]).reshape(30, 4, 3)
    np.testing.assert_allclose(written, expected, rtol=1e-4, atol=1e-5)
    assert {row["smoothed_hz"] for row in rows} == {"6"} and (hertz == 6).all()
    with open(tmp_path / "out" / "keypoints_anipose.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    np.testing.assert_allclose([float(row["keypoint_02_y"]) for row in rows], expected[:, 2, 1], rtol=1e-9)
    np.testing.assert_allclose(shown(tmp_path / "out" / "scene.html")["keypoints"], expected, atol=1e-5)
    assert cli.main([*words, "--fps", "50"]) == 0  # and back
    assert "smoothed" not in arrays(tmp_path / "out")
