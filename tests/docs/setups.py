"""What pages take for granted when their Python begins: the reader's own arrays and files, made here."""

import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from tests import reference
from tests.docs import pages
from tests.docs.small import use_small_data

PAIRS = 20


def small_data(folder, monkeypatch):
    """docs/python.md: the data sets that it trains on."""
    use_small_data(monkeypatch, folder / "data")
    return {}


def trained(names):
    assert names["outputs"]["points_world"].shape[-2:] == (10, 3)
    assert names["run"].history[-1]["step"] == 4
    assert names["model"].num_keypoints == 12


def your_images(folder, monkeypatch):
    """docs/data.md: pairs of images of an object."""
    monkeypatch.setenv("TFDS_DATA_DIR", str(folder / "data"))
    rng = np.random.default_rng(0)
    pairs = []
    for _ in range(PAIRS):
        poses = np.tile(np.eye(4, dtype=np.float32), (2, 1, 1))
        poses[:, :3, :3] = [reference.random_rotation(rng), reference.random_rotation(rng)]
        poses[:, 2, 3] = 3
        images = rng.integers(0, 256, (2, 480, 640, 4), np.uint8)
        focal, middle = np.array([500.0, 510.0]), np.array([319.5, 239.5])
        pair = SimpleNamespace(images=images, fx=focal, fy=focal, cx=middle[[0, 0]], cy=middle[[1, 1]])
        pair.world_to_camera = poses
        pairs.append(pair)
    return {"my_pairs": pairs}


def batched_and_kept(names):
    from tfkeypoints import data

    first = next(iter(names["dataset"]))
    assert first["image"].shape == (16, 2, 480, 640, 4)
    np.testing.assert_allclose(first["intrinsics"][0, 0].numpy()[[0, 1], [0, 1]], [2 * 500 / 640, 2 * 500 / 480])
    kept = [example["image"] for example in data.load("my_objects").as_numpy_iterator()]
    yours = [pair.images for pair in names["my_pairs"]]
    assert sorted(image.tobytes() for image in kept) == sorted(image.tobytes() for image in yours)


def a_camera_file_and_pixels(folder, monkeypatch):
    """docs/cameras.md: a camera file, images of its cameras, points and pixels."""
    from tfkeypoints.calibration import read_calibration

    shutil.copy(pages.ROOT / "tests/cameras/files/anipose/calibration.toml", folder)
    rig = read_calibration(folder / "calibration.toml")
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 256, (height, width, 3), np.uint8) for width, height in rig.sizes]
    points = np.array([[0.1, 0.0, 0.6], [0.0, 0.1, 0.5]])
    pixels = rig.project(points)
    return {"points_world": points, "images": images, "pixels": pixels, "uv": rig.to_ideal(pixels)}


def other_peoples_cameras(folder, monkeypatch):
    """docs/conventions.md: numbers of COLMAP, matrices of OpenGL and of a camera-to-world file."""
    turned = reference.random_rotation(np.random.default_rng(0))
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = turned, [1, 2, 3]
    projection = np.array([[2.0, 0, 0, 0], [0, 2, 0, 0], [0, 0, -1.1, -0.2], [0, 0, -1, 0]])
    pixels = {"fx": 500.0, "fy": 510.0, "cx": 320.0, "cy": 240.0, "width": 640, "height": 480}
    quaternion = {"qw": 0.9, "qx": 0.1, "qy": -0.3, "qz": 0.3, "tx": 1.0, "ty": 2.0, "tz": 3.0}
    poses = {"projection": projection, "view": pose, "camera_to_world": pose, "camera_angle_x": 0.7}
    return {**pixels, **quaternion, **poses}


def as_written_in_the_comments(names):
    np.testing.assert_allclose(names["uv"], [[0.1640625, -0.109375]], atol=1e-6)
    np.testing.assert_allclose(names["depth"], [[2.0]], atol=1e-6)


def a_prediction(folder, monkeypatch):
    """docs/prediction.md: what `predict` writes, of a model that was never trained and three frames."""
    pytest.importorskip("pyarrow", reason="pyarrow is not installed (extra `interchange`)")
    from PIL import Image

    from tfkeypoints import cli, files
    from tfkeypoints.models import Keypoint3D
    from tfkeypoints.training.run import Run

    rng = np.random.default_rng(0)
    model = Keypoint3D(num_keypoints=4, num_views=2, image_size=(32, 32), filters=4, levels=2, mean_depth=2.0)
    intrinsics, extrinsics = reference.random_cameras(rng, (1, 2))
    cameras = {"intrinsics": np.float32(intrinsics), "extrinsics": np.float32(extrinsics)}
    model({"image": np.zeros((1, 2, 32, 32, 3), np.uint8), **cameras})
    run = Run(folder / "run")
    run.folder.mkdir()
    model.save(run.model_file)
    files.write_json(run.config_file, {"model": "keypoint3d", "images": {"shape": [2, 32, 32, 3]}})
    content = {}
    for view, name in enumerate(("left", "right")):
        pixels = {"fx": 30, "fy": 30, "cx": 15.5, "cy": 15.5, "width": 32, "height": 32}
        content[name] = {**pixels, "extrinsics": extrinsics[0, view].tolist()}
        (folder / "recording" / name).mkdir(parents=True)
        for frame in range(3):
            image = Image.fromarray(rng.integers(0, 256, (32, 32, 3), np.uint8))
            image.save(folder / "recording" / name / f"{frame}.png")
    (folder / "cameras.json").write_text(json.dumps(content))
    words = ["predict", "run", "recording", "--cameras", "cameras.json", "--out", "keypoints", "--also", "parquet"]
    assert cli.main(words) == 0
    return {}


def an_exported_model(folder, monkeypatch):
    """docs/serving.md: a model in ONNX, and inputs for it."""
    for package in ("tf2onnx", "onnxruntime"):
        pytest.importorskip(package, reason=f"{package} is not installed (extra `formats`)")
    from tfkeypoints.models import KeypointNet
    from tfkeypoints.models.keypointnet.recipe import KeypointNetRecipe
    from tfkeypoints.serving import formats

    image = np.random.default_rng(0).integers(0, 256, (1, 1, 32, 32, 3), np.uint8)
    intrinsics, extrinsics = np.eye(3, dtype=np.float32)[None, None], np.eye(4, dtype=np.float32)[None, None]
    model = KeypointNet(num_keypoints=3, filters=4, dilations=(1, 2), first_stride=2)
    model({"image": image, "intrinsics": intrinsics, "extrinsics": extrinsics})
    signature = KeypointNetRecipe.signatures({"images": {"shape": [1, 32, 32, 3]}}, model)["detect"]
    (folder / "exported/chairs/1").mkdir(parents=True)
    formats.FORMATS["onnx"][1](model, signature, folder / "exported/chairs/1/model.onnx", 1)
    return {"image": image, "intrinsics": intrinsics, "extrinsics": extrinsics, "model": model}


def the_same_answer(names):
    inputs = {name: names[name] for name in ("image", "intrinsics", "extrinsics")}
    np.testing.assert_allclose(names["answer"]["uv"], names["model"](inputs)["uv"], atol=1e-4)


def a_checkpoint_of_the_original(folder, monkeypatch):
    """docs/originals.md: a checkpoint with the original's variables."""
    from tests.originals.checkpoints import write_checkpoint
    from tests.originals.original_keypointnet import random_variables

    (folder / "model_dir").mkdir()
    write_checkpoint(random_variables(np.random.default_rng(0), num_keypoints=5), folder / "model_dir/model.ckpt")
    return {}


def the_original_model(names):
    assert (names["model"].num_keypoints, names["model"].mean_depth) == (5, 30)


SETUPS = {
    "docs/cameras.md": a_camera_file_and_pixels,
    "docs/conventions.md": other_peoples_cameras,
    "docs/data.md": your_images,
    "docs/originals.md": a_checkpoint_of_the_original,
    "docs/prediction.md": a_prediction,
    "docs/python.md": small_data,
    "docs/serving.md": an_exported_model,
}

SHORTER = {
    "docs/prediction.md": {"slice(1000, 1300)": "slice(0, 3)"},
    "docs/python.md": {
        "filters=16": "filters=4",
        "steps_per_epoch=200, epochs=10": "steps_per_epoch=2, epochs=2",
        '"small", steps=10_000, num_keypoints=12': '"small", steps=4, num_keypoints=12, filters=4, batch_size=4',
    },
}
"""What is smaller in the test than on the page."""

CHECKS = {
    "docs/conventions.md": as_written_in_the_comments,
    "docs/data.md": batched_and_kept,
    "docs/originals.md": the_original_model,
    "docs/python.md": trained,
    "docs/serving.md": the_same_answer,
}
"""What must hold of the names when a page is through."""

SLOW = ("docs/python.md",)
"""Pages that train networks."""

COMPILED_ONLY = {
    "datasets/rendered_objects/README.md": "builds whole data sets; tests/datasets has its parts",
    "datasets/moving_shapes/README.md": "builds whole data sets; tests/datasets has its parts",
    "datasets/captures/README.md": "needs photos of objects; tests/datasets makes some",
    "datasets/recordings/README.md": "needs recordings of several cameras; tests/datasets makes some",
    "datasets/robot_scenes/README.md": "builds whole data sets, with OpenGL; tests/datasets has its parts",
    "tuning/README.md": "trains three networks in processes of their own; tests/tuning has its parts",
}
"""Pages whose Python is not run, and why."""
