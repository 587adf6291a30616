"""`tfkeypoints predict` on synchronised images and a camera file."""

import csv
import json

import numpy as np
import pytest
from PIL import Image

from tfkeypoints import cli, files, visualization
from tfkeypoints.geometry import camera
from tfkeypoints.models import Keypoint3D
from tfkeypoints.training.run import Run

SIZE, VIEWS, FRAMES = 32, 2, 3
EYES = np.array([[2.0, 0, 0.5], [0, -2.0, 0.5]])


@pytest.fixture(scope="module")
def scene_run(tmp_path_factory):
    """A run of a tiny model that was never trained."""
    run = Run(tmp_path_factory.mktemp("scene_run"))
    options = {"num_keypoints": 4, "filters": 4, "levels": 2, "mean_depth": 2.0}
    model = Keypoint3D(num_views=VIEWS, image_size=(SIZE, SIZE), **options)
    model({"image": np.zeros((1, VIEWS, SIZE, SIZE, 3), np.uint8), **cameras(1)})
    model.save(run.model_file)
    files.write_json(run.config_file, {"model": "keypoint3d", "images": {"shape": [VIEWS, SIZE, SIZE, 3]}})
    return run


def cameras(count):
    intrinsics = camera.intrinsics_from_pixels(30.0, 30.0, 15.5, 15.5, SIZE, SIZE)
    extrinsics = camera.look_at(EYES, np.zeros(3), np.array([0.0, 0, 1]))
    shape = count, VIEWS
    return {
        "intrinsics": np.broadcast_to(np.float32(intrinsics), (*shape, 3, 3)),
        "extrinsics": np.broadcast_to(np.float32(extrinsics), (*shape, 4, 4)),
    }


@pytest.fixture
def recording(tmp_path, rng):
    """A folder of images of two cameras, the camera file, and the images themselves."""
    images = rng.integers(0, 256, (FRAMES, VIEWS, SIZE, SIZE, 3), np.uint8)
    pixels = {"fx": 30, "fy": 30, "cx": 15.5, "cy": 15.5, "width": SIZE, "height": SIZE}
    content = {}
    for view, name in enumerate(["left", "right"]):
        content[name] = {**pixels, "extrinsics": cameras(1)["extrinsics"][0, view].tolist()}
        for frame in range(FRAMES):
            visualization.save_image(tmp_path / "recording" / name / f"{frame:03d}.png", images[frame, view])
    (tmp_path / "cameras.json").write_text(json.dumps(content))
    return tmp_path / "recording", tmp_path / "cameras.json", images


def test_synchronised_images_give_csv_npz_and_a_video(scene_run, recording, tmp_path, capsys):
    folder, camera_file, images = recording
    out = tmp_path / "out"
    words = ["predict", str(scene_run.folder), str(folder), "--cameras", str(camera_file), "--out", str(out)]
    assert cli.main(words) == 0
    assert "3 frames, 4 keypoints each" in capsys.readouterr().out
    expected = scene_run.load_model()({"image": images, **cameras(FRAMES)})
    with np.load(out / "keypoints.npz") as found:
        np.testing.assert_allclose(found["keypoints"], expected["keypoints"], atol=1e-4)
        np.testing.assert_allclose(found["uv"], expected["uv"], atol=1e-4)
    with open(out / "keypoints.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == FRAMES * 4
    np.testing.assert_allclose([float(row["z"]) for row in rows], np.ravel(expected["keypoints"][..., 2]), atol=1e-4)
    assert {path.name.split(".")[0] for path in out.iterdir()} == {"keypoints"}
    assert (out / "keypoints.mp4").exists() or Image.open(out / "keypoints.gif").n_frames == FRAMES


def test_bad_input_is_an_error_and_leaves_nothing(scene_run, recording, tmp_path, capsys):
    folder, camera_file, _ = recording
    out = tmp_path / "out"
    words = ["predict", str(scene_run.folder), str(folder), "--out", str(out)]
    assert cli.main(words) == 2
    assert "--cameras" in capsys.readouterr().err
    words += ["--cameras", str(camera_file)]
    for offset in ("left", "left=x", "=1"):
        assert cli.main([*words, "--offset", offset]) == 2
        assert f"CAMERA=FRAMES, once a camera. Received: {offset}" in capsys.readouterr().err
    (folder / "right" / "001.png").unlink()
    assert cli.main([*words, "--strict"]) == 2
    assert "`right` has no frame 1" in capsys.readouterr().err
    for number in range(FRAMES):
        Image.new("RGB", (40, 32)).save(folder / "left" / f"{number:03d}.png")
    assert cli.main(words) == 2
    assert "32 × 32 pixels" in capsys.readouterr().err
    assert not out.exists()


def test_a_missing_frame_is_nan_and_told(scene_run, recording, tmp_path, capsys):
    folder, camera_file, _ = recording
    (folder / "right" / "001.png").write_bytes(b"broken")
    (folder / "right" / "002.png").rename(folder / "right" / "004.png")
    out = tmp_path / "out"
    words = ["predict", str(scene_run.folder), str(folder), "--cameras", str(camera_file), "--out", str(out)]
    assert cli.main(words) == 0
    told = capsys.readouterr().err
    assert "`left` has no frame 4" in told and "`right` has no frame 2" in told
    with np.load(out / "keypoints.npz") as found:
        assert found["frames"].tolist() == [0, 1, 2, 4]
        unknown = np.isnan(found["keypoints"]).all((1, 2))
        assert unknown.tolist() == [False, True, True, True]
        assert np.isnan(found["uv"]).all((2, 3)).T.tolist() == [[False, False, False, True], [False, True, True, False]]


def test_a_camera_that_started_late_is_paired_by_its_offset(scene_run, recording, tmp_path):
    folder, camera_file, _ = recording
    out = tmp_path / "out"
    words = ["predict", str(scene_run.folder), str(folder), "--cameras", str(camera_file), "--out", str(out)]
    assert cli.main([*words, "--offset", "right=-1"]) == 0
    with np.load(out / "keypoints.npz") as found:
        assert found["frames"].tolist() == [-1, 0, 1, 2]
        assert np.isfinite(found["keypoints"]).all((1, 2)).tolist() == [False, True, True, False]


def test_a_keypointnet_takes_no_camera_file(run, recording, capsys):
    folder, camera_file, _ = recording
    assert cli.main(["predict", str(run.folder), str(folder), "--cameras", str(camera_file)]) == 2
    assert "is for runs of keypoint3d" in capsys.readouterr().err
