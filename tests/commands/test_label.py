"""`tfkeypoints label`, and what `predict` then writes."""

import csv
import json

import numpy as np
import pytest

from tests.commands.test_predict_scene import FRAMES, arrays, recording, scene_run  # noqa: F401
from tests.interchange.test_trc import parsed
from tfkeypoints import cli, visualization
from tfkeypoints.cameras.reading import read_calibration
from tfkeypoints.labels.names import FILE

COUNT = 14
WEIGHTS = np.array([0.9, -0.6, 0.4, 0.3])
LENS = {"left": [-0.4, 0.1, 0.01, 0.0], "right": [0.3, 0.0, 0.0, -0.01]}


@pytest.fixture
def predicted(scene_run, recording, tmp_path, rng):  # noqa: F811
    """A prediction of 14 frames by cameras with strong lenses: run, words of the command, folder and cameras."""
    folder, camera_file, _ = recording
    for number in range(COUNT):
        for name in LENS:
            shade = np.uint8(rng.uniform(0, 255, (4, 4, 3))).repeat(8, 0).repeat(8, 1)
            visualization.save_image(folder / name / f"{number:03d}.png", shade)
    content = json.loads(camera_file.read_text())
    for name, lens in LENS.items():
        content[name]["distortion"] = lens
    camera_file.write_text(json.dumps(content))
    words = ["predict", str(scene_run.folder), str(folder), "--cameras", str(camera_file), "--out"]
    assert cli.main([*words, str(tmp_path / "out")]) == 0
    yield scene_run, words, tmp_path / "out", read_calibration(camera_file)
    (scene_run.folder / FILE).unlink(missing_ok=True)


def write_labels(folder, calibration, points, names, frames):
    """A CSV of Lightning Pose a camera, of points `[N, L, 3]` in these frames."""
    pixels = calibration.project(points.reshape(-1, 3)).reshape(len(calibration.names), len(points), -1)
    folder.mkdir(exist_ok=True)
    for name, places in zip(calibration.names, pixels, strict=True):
        with open(folder / f"{name}.csv", "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["scorer", *["me"] * 2 * len(names)])
            writer.writerow(["bodyparts", *(each for part in names for each in (part, part))])
            writer.writerow(["coords", *["x", "y"] * len(names)])
            writer.writerows(
                [f"labeled-data/{name}/{frame:03d}.png", *map(repr, row.tolist())]
                for frame, row in zip(frames, places, strict=True)
            )
    return folder


def test_labels_through_lenses_name_points_that_predict_writes(predicted, tmp_path, rng, capsys):
    run, words, out, calibration = predicted
    keypoints = arrays(out)["keypoints"]
    frames = np.arange(1, COUNT)
    points = np.stack([WEIGHTS @ keypoints, rng.uniform(-0.3, 0.3, (COUNT, 3))], 1)[frames]
    labels = write_labels(tmp_path / "labels", calibration, points, ("nose", "ghost"), frames)
    assert cli.main(["label", str(run.folder), "--labels", str(labels), "--prediction", str(out)]) == 0
    told = capsys.readouterr().out
    ghost, nose = (next(line for line in told.splitlines() if line.startswith(name)) for name in ("ghost", "nose"))
    assert ghost.endswith("not in the points") and not nose.endswith("points")
    kept = json.loads((run.folder / FILE).read_text())["points"]
    assert [kept[name]["known"] for name in ("nose", "ghost")] == [True, False]
    assert kept["nose"]["labels"] == 13 and list(kept["nose"]["by_labels"]) == ["5", "10", "13"]
    reach = np.ptp(points[:, 0], axis=0).max()
    assert kept["nose"]["error"] < 0.02 * reach  # exact labels of a sum of the keypoints: the ridge's bias is left
    assert kept["nose"]["own"] < 1e-6
    with open(out / "named.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == ["nose"] * COUNT
    written = [[float(row[axis]) for axis in "xyz"] for row in rows]
    np.testing.assert_allclose(written, WEIGHTS @ keypoints, rtol=0, atol=0.05 * reach)

    again = tmp_path / "again"
    assert cli.main([*words, str(again), "--also", "trc", "anipose", "--unit", "cm", "--fps", "20"]) == 0
    found = arrays(again)
    assert found["named_names"].tolist() == ["nose"] and found["named"].shape == (COUNT, 1, 3)
    np.testing.assert_allclose(found["named"][:, 0], written, rtol=1e-5)
    assert found["named_expected_error"].tolist() == [kept["nose"]["error"]]
    header, names, table = parsed(again / "named.trc")
    assert names == ["nose"] and header["Units"] == "cm" and float(header["DataRate"]) == 20
    np.testing.assert_allclose(table[:, 2:], found["named"][:, 0][:, [1, 2, 0]], rtol=1e-9)
    assert (again / "named_anipose.csv").exists()


def test_labels_in_3d_name_points_too(predicted, tmp_path, capsys):
    run, _, out, _ = predicted
    points = WEIGHTS @ arrays(out)["keypoints"]
    lines = [f"{frame},nose,{x!r},{y!r},{z!r}" for frame, (x, y, z) in enumerate(points.tolist())]
    (tmp_path / "own.csv").write_text("\n".join(["frame,name,x,y,z", *lines, "99,nose,0,0,0", "3,tail,0,0,0"]))
    assert cli.main(["label", str(run.folder), "--labels", str(tmp_path / "own.csv"), "--prediction", str(out)]) == 0
    told = capsys.readouterr().err
    assert "labels 1 frames that are not predicted: 99" in told
    assert "`tail` has 1 labels that count, 4 are needed: left out" in told
    kept = json.loads((run.folder / FILE).read_text())["points"]
    assert list(kept) == ["nose"] and kept["nose"]["own"] is None


def test_what_does_not_belong_together_is_refused(predicted, run, tmp_path, capsys):
    scene, _, out, calibration = predicted
    keypoints = arrays(out)["keypoints"]
    base = ["label", str(scene.folder), "--labels"]

    def refused(words):
        assert cli.main(words) == 2
        return capsys.readouterr().err

    labels = str(write_labels(tmp_path / "labels", calibration, keypoints[:5, :1], ("nose",), range(50, 55)))
    assert "should label frames of the prediction" in refused([*base, labels, "--prediction", str(out)])
    few = str(write_labels(tmp_path / "few", calibration, keypoints[:3, :1], ("nose",), range(3)))
    assert "should place a name in 4 frames or more" in refused([*base, few, "--prediction", str(out)])
    assert "should be a folder with keypoints.npz" in refused([*base, labels, "--prediction", str(tmp_path / "none")])
    assert "should be one of keypoint3d" in refused(["label", str(run.folder), "--labels", labels])
    changed = dict(arrays(out), model=np.array("another"))
    np.savez(out / "keypoints.npz", **changed)
    assert "with the run's model as it is now" in refused([*base, labels, "--prediction", str(out)])
    assert not (scene.folder / FILE).exists()
