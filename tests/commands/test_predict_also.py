"""`tfkeypoints predict --also`: what other programs read, of a recording."""

import csv
import dataclasses
import importlib.util

import numpy as np
import pytest

from tests.commands.test_predict_scene import FRAMES, arrays, recording, scene_run  # noqa: F401
from tests.interchange.test_trc import parsed
from tfkeypoints import cli
from tfkeypoints.cameras.reading import read_calibration
from tfkeypoints.inference.poses import layout_of
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
