"""`train --captures`, `evaluate` and `predict` on photos of balls, as a user would run them; a tiny model."""

import csv
import dataclasses
import json
import shutil

import numpy as np
import pytest

from tests.data.captures import drawn
from tfkeypoints import cli
from tfkeypoints.cameras import views
from tfkeypoints.training.run import Run

PLACE, UNIT = (3.0, -1.0, 2.0), 20.0


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    for number in range(3):
        made = drawn.make(number, 6, unit=UNIT, place=PLACE, stretch=1 + 0.1 * number)
        made.write(folder / "objects" / f"ball_{number}", ("transforms", "native", "colmap")[number])
    return folder


@pytest.fixture(scope="module")
def arguments(source):
    """What trains a tiny model."""
    options = {
        "--preset": "demo", "--captures": source / "objects", "--data-dir": source / "data", "--filters": 4,
        "--num-keypoints": 4, "--steps": 4, "--validate-every": 2, "--batch-size": 2, "--num-views": 4,
        "--image-size": 32,
    }  # fmt: skip
    return ["train", "keypointnet", *(str(word) for pair in options.items() for word in pair)]


@pytest.fixture(scope="module")
def run(source, arguments):
    assert cli.main([*arguments, "--run", str(source / "run")]) == 0
    return Run.open(source / "run")


def test_the_run_says_what_it_was_trained_on(run, source):
    config = run.config
    assert config["data"].startswith("captures/objects_")
    assert config["captures"]["captures"] == str(source / "objects")
    assert config["images"]["shape"] == [2, 32, 32, 4]
    assert config["windows"]["kind"] == "object"
    model = run.load_model()
    distances = [
        np.linalg.norm(views.centres(drawn.make(number, 6).calibration.extrinsics), axis=1) for number in range(3)
    ]
    # Radii are about 1.1 of the units in which the balls were made.
    assert model.mean_depth == pytest.approx(np.median(distances) / 1.1, rel=0.1)
    assert model.focal == pytest.approx(2 * model.mean_depth / 2.62, rel=1e-3)


def test_the_same_command_resumes_and_changed_files_are_another_run(run, arguments, source, capsys):
    assert cli.main([*arguments, "--run", str(run.folder)]) == 0
    assert "finished already" in capsys.readouterr().out
    turned = [*arguments, "--turn", "ball_0=90"]
    assert cli.main([*turned, "--run", str(run.folder)]) == 2
    assert "captures.turn" in capsys.readouterr().err


def test_evaluate_measures(run, capsys):
    assert cli.main(["evaluate", str(run.folder)]) == 0
    trained = json.loads(run.metrics_file.read_text())["trained"]
    assert 0 <= trained["angular_error_mean_degrees"] <= 180
    assert trained["reprojection_error_pixels"] > 0
    assert (run.pictures / "contact_sheet.png").exists()


def test_predict_answers_in_the_photos_pixels_and_the_camera_files_frame(run, source, tmp_path):
    folder = source / "objects" / "ball_1"
    assert cli.main(["predict", str(run.folder), str(folder), "--out", str(tmp_path)]) == 0
    made = drawn.make(1, 6, unit=UNIT, place=PLACE, stretch=1.1)
    found = np.load(tmp_path / "keypoints.npz")
    assert found["files"].tolist() == [f"p0{number}.png" for number in range(6)]
    for view in range(6):
        alone = _one(made.calibration, view)
        extrinsics = alone.extrinsics[0]
        world = (found["points_camera"][view] - extrinsics[:3, 3]) @ extrinsics[:3, :3]
        np.testing.assert_allclose(alone.project(world)[0], found["pixels"][view], atol=1e-2)  # lens included
        # Depths of an all but untrained model are those of the middle of the object, to within its size.
        depth = (extrinsics[:3, :3] @ np.mean(made.box, 0) + extrinsics[:3, 3])[2]
        assert np.abs(found["depth"][view] - depth).max() < 1.5 * UNIT
    with open(tmp_path / "points.csv", newline="") as file:
        points = np.array([[float(row[axis]) for axis in "xyz"] for row in csv.DictReader(file)])
    assert points.shape == (4, 3)
    assert np.linalg.norm(points - np.mean(made.box, 0), axis=1).max() < 1.5 * UNIT
    assert len(list((tmp_path / "overlays").iterdir())) == 6


def test_loose_photos_are_cut_to_their_objects(run, source, tmp_path, capsys):
    photos = source / "objects" / "ball_1" / "images"
    assert cli.main(["predict", str(run.folder), str(photos), "--out", str(tmp_path / "a")]) == 0
    assert "6 photos, 4 keypoints each" in capsys.readouterr().out
    pixels = np.load(tmp_path / "a" / "keypoints.npz")["pixels"]
    for name, places in zip(sorted(photos.iterdir()), pixels, strict=True):
        rows, columns = np.nonzero(np.asarray(drawn.Image.open(name))[..., 3])
        # Within the window, which is as large as the object's box and a half.
        assert (places >= np.array([columns.min(), rows.min()]) - 0.5 * np.ptp(rows)).all()
        assert (places <= np.array([columns.max(), rows.max()]) + 0.5 * np.ptp(rows)).all()
    assert cli.main(["predict", str(run.folder), str(photos), "--fov", "40", "--out", str(tmp_path / "b")]) == 0
    found = np.load(tmp_path / "b" / "keypoints.npz")
    focal = 0.5 * drawn.SIZE[1] / np.tan(np.deg2rad(20))
    middle = (np.array(drawn.SIZE) - 1) / 2
    expected = found["points_camera"][..., :2] / found["points_camera"][..., 2:] * focal + middle
    np.testing.assert_allclose(found["pixels"], expected, atol=1e-3)
    drawn.Image.new("RGB", (40, 40)).save(tmp_path / "opaque.png")
    assert cli.main(["predict", str(run.folder), str(tmp_path / "opaque.png"), "--out", str(tmp_path / "c")]) == 2
    assert "transparent pixels about the object" in capsys.readouterr().err


def test_captures_exclude_a_data_set_and_their_options_need_them(arguments, source, capsys):
    assert cli.main([*arguments, "--data", "rendered_objects/chairs_64", "--run", str(source / "none")]) == 2
    assert "exclude each other" in capsys.readouterr().err
    assert cli.main(["train", "keypointnet", "--turn", "x=90", "--run", str(source / "none")]) == 2
    assert "belong to `captures`" in capsys.readouterr().err
    assert not (source / "none").exists()


def test_data_build_makes_the_same_and_show_draws_it(source, capsys):
    place = ["--data-dir", str(source / "d2")]
    command = ["data", "build", "captures/own", "--manual-dir", str(source / "objects"), *place]
    assert cli.main([*command, "--num-examples", "2", "--image-size", "24"]) == 0
    said = capsys.readouterr().out
    assert all(each in said for each in ("train 2", "validation 2", "test 2"))
    name = next(line.split()[-1] for line in said.splitlines() if line.startswith("data set"))
    assert f"train keypointnet --data {name}" in said
    assert cli.main(["data", "show", name, *place, "--out", str(source / "show.png")]) == 0
    assert (source / "show.png").exists()


def test_other_runs_say_that_they_do_not_use_the_cameras(run, source, tmp_path, capsys):
    other = shutil.copytree(run.folder, tmp_path / "other")
    config = json.loads((other / "config.json").read_text())
    (other / "config.json").write_text(json.dumps({**config, "windows": None}))
    assert cli.main(["predict", str(other), str(source / "objects" / "ball_0"), "--out", str(tmp_path / "o")]) == 2
    assert "only a run that was trained on --captures" in capsys.readouterr().err


def _one(calibration, view):
    return dataclasses.replace(
        calibration,
        names=calibration.names[view : view + 1],
        lenses=calibration.lenses[view : view + 1],
        **{name: getattr(calibration, name)[view : view + 1] for name in ("sizes", "intrinsics", "extrinsics")},
    )
