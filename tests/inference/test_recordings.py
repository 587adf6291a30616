"""World keypoints of a recording, in the coordinates of the user's own images. A stand-in answers for the model."""

import csv
import dataclasses
import types

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests import reference
from tests.cameras.formats.test_opencv_format import yaml
from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.lens import Lens
from tfkeypoints.data.recordings import Missing
from tfkeypoints.inference import recordings
from tfkeypoints.inference.results import write_csv
from tfkeypoints.inference.tracker import KEPT, Tracker
from tfkeypoints.models import Keypoint3D
from tfkeypoints.training.run import Run

POINTS = np.array([[0.1, -0.2, 0.3], [-0.3, 0.2, -0.1]])


class StandIn:
    """Knows where the points are, and projects them with the cameras that it is given."""

    view_encoding = "separate"
    num_views = 2

    def __init__(self):
        self.batches = []

    def detect(self, inputs):
        arrays = [inputs[name] for name in ("image", "intrinsics", "extrinsics")]
        answers = tf.numpy_function(self.find, arrays, [tf.float64] * len(KEPT))
        return dict(zip(KEPT, answers, strict=True))

    def find(self, image, intrinsics, extrinsics):
        self.batches.append(image)
        shape = image.shape[:2]
        uv = np.array(
            [
                [[reference.project(point, *cameras)[0] for point in POINTS] for cameras in zip(*views, strict=True)]
                for views in zip(intrinsics, extrinsics, strict=True)
            ]
        )
        ones = np.ones((*shape, len(POINTS)))
        found = {
            "uv": uv,
            "keypoints": np.tile(POINTS, (shape[0], 1, 1)),
            "points_world": np.tile(POINTS, (*shape, 1, 1)),
            "confidence": ones,
            "attention": ones / 2,
        }
        return [found[name] for name in KEPT]


@pytest.fixture
def calibration(rng):
    intrinsics, extrinsics = reference.random_cameras(rng, (2,))
    sizes = np.array([[120, 60], [50, 80]])
    return Calibration(("left", "right"), sizes, intrinsics.astype(np.float32), extrinsics.astype(np.float32))


def frames(count, sizes=((120, 60), (50, 80))):
    return [tuple(Image.new("RGB", size, (90, 90, 90)) for size in sizes) for _ in range(count)]


def test_points_come_back_in_the_pixels_of_images_of_any_form(calibration):
    model = StandIn()
    tracks = recordings.track(model, frames(10), calibration, (32, 48, 3))
    assert [images.shape for images in model.batches] == [(8, 2, 32, 48, 3)] * 2  # the second is filled up
    assert model.batches[0].dtype == np.uint8
    assert tracks.keypoints.shape == (10, 2, 3)
    for view, (size, *cameras) in enumerate(
        zip(calibration.sizes, calibration.intrinsics, calibration.extrinsics, strict=True)
    ):
        for k, point in enumerate(POINTS):
            uv, _ = reference.project(point, *cameras)
            np.testing.assert_allclose(tracks.uv[9, view, k], uv, atol=1e-4)
            np.testing.assert_allclose(tracks.pixels[9, view, k], (uv + 1) / 2 * size - 0.5, atol=1e-2)


class Lifting:
    """Knows where the points are in each camera's frame, and lifts them by the extrinsics given, in float32."""

    view_encoding = "separate"
    num_views = 2

    def __init__(self, points_camera):
        self.points_camera = np.float32(points_camera)

    def detect(self, inputs):
        rotation, translation = inputs["extrinsics"][..., :3, :3], inputs["extrinsics"][..., None, :3, 3]
        points = tf.matmul(self.points_camera - translation, rotation)
        ones = tf.ones(tf.shape(points)[:3])
        found = {"keypoints": tf.reduce_mean(points, 1), "points_world": points, "uv": points[..., :2] * 0}
        return found | {"confidence": ones, "attention": ones / 2}


def test_a_rig_in_a_surveys_coordinates_is_as_exact_as_one_at_the_origin(calibration, tmp_path):
    origin = np.array([512345.678, 5412345.678, 312.5])
    there = calibration.extrinsics.copy()
    there[:, :3, 3] -= there[:, :3, :3] @ origin
    far = Calibration(calibration.names, calibration.sizes, calibration.intrinsics, there)
    points_camera = [POINTS @ each[:3, :3].T + each[:3, 3] for each in calibration.extrinsics]
    tracks = recordings.track(Lifting(points_camera), frames(1), far, (32, 48, 3))
    np.testing.assert_allclose(tracks.keypoints[0] - origin, POINTS, rtol=0, atol=2e-6)
    np.testing.assert_allclose(tracks.points_world[0] - origin, [POINTS, POINTS], rtol=0, atol=2e-6)
    write_csv(tmp_path / "k.csv", (0,), [tracks], calibration.names)
    with open(tmp_path / "k.csv", newline="") as file:
        written = [[float(row[name]) for name in "xyz"] for row in csv.DictReader(file)]
    np.testing.assert_allclose(written - origin, POINTS, rtol=0, atol=2e-6)


class Brightest:
    """Finds the centre of what is bright in each image."""

    view_encoding = "separate"
    num_views = 2

    def detect(self, inputs):
        brightness = tf.cast(tf.reduce_sum(inputs["image"], -1), tf.float32)
        height, width = brightness.shape[2:]
        total = tf.reduce_sum(brightness, (2, 3))
        v = tf.reduce_sum(tf.reduce_sum(brightness, 3) * ((2 * tf.range(height, dtype=tf.float32) + 1) / height - 1), 2)
        u = tf.reduce_sum(tf.reduce_sum(brightness, 2) * ((2 * tf.range(width, dtype=tf.float32) + 1) / width - 1), 2)
        uv = (tf.stack([u, v], -1) / total[..., None])[:, :, None]
        world = tf.zeros([1, 1, 3])
        ones = tf.ones([1, 2, 1])
        return {"keypoints": world, "points_world": world[:, None] + ones[..., None], "uv": uv} | dict.fromkeys(
            ("confidence", "attention"), ones
        )


@pytest.mark.parametrize(("scale", "shape"), [(3, (128, 192, 3)), (8, (64, 96, 3))])
def test_a_model_sees_undistorted_images_and_pixels_are_those_recorded(calibration, scale, shape):
    lenses = (Lens("pinhole", (-0.35, 0.1, 0.003, -0.002)), Lens("fisheye", (-0.04, 0.01, 0.0, 0.0)))
    sizes = calibration.sizes * scale
    bent = Calibration(calibration.names, sizes, calibration.intrinsics, calibration.extrinsics, lenses)
    uv = np.array([[[0.45, -0.4]], [[-0.5, 0.3]]])
    recorded = bent.to_recorded(uv)
    assert np.abs(recorded[:, 0] - ((uv[:, 0] + 1) / 2 * sizes - 0.5)).max() > 3 * scale
    images = [spot(size, place) for size, place in zip(sizes.tolist(), recorded[:, 0], strict=True)]
    tracks = recordings.track(Brightest(), [images], bent, shape)
    np.testing.assert_allclose(tracks.uv[0], uv, rtol=0, atol=5e-3)  # a bent spot has its centre a little off
    np.testing.assert_allclose(tracks.pixels[0], recorded, rtol=0, atol=0.3 * scale)


def test_each_of_many_cameras_finds_what_undistorts_its_images_once(monkeypatch):
    count = 20
    lenses = tuple(Lens("pinhole", (-0.3 + 0.01 * number, 0.1, 0, 0)) for number in range(count))
    poses = np.tile(np.eye(4), (count, 1, 1))
    poses[:, 0, 3] = np.arange(count)
    pinholes = np.tile(np.diag([2.0, 2.0, 1.0]), (count, 1, 1))
    calibration = Calibration(tuple(map(str, range(count))), np.full((count, 2), 40), pinholes, poses, lenses)
    used, distort = [], Lens.distort
    monkeypatch.setattr(Lens, "distort", lambda lens, xy: used.append(np.shape(xy)) or distort(lens, xy))
    tracker = Tracker(types.SimpleNamespace(view_encoding="shared", detect=None), calibration, (16, 16, 3))
    image = Image.new("RGB", (40, 40), (9, 9, 9))
    for _ in range(3):
        prepared = [tracker.prepare(view, image) for view in range(count)]
    assert used == [(40 * 40, 2)] * count
    assert all(pixels.shape == (16, 16, 3) and pixels[8, 8, 0] == 9 for pixels in prepared)


def spot(size, place):
    """A black image with a soft bright spot."""
    columns, rows = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    squared = ((columns - place[0]) ** 2 + (rows - place[1]) ** 2) / (size[0] / 150) ** 2
    return Image.fromarray(np.uint8(255 * np.exp(-squared / 2))).convert("RGB")


def test_an_image_of_another_size_than_its_camera_is_refused(calibration):
    with pytest.raises(ValueError, match=r"`right` should have 50 × 80 pixels.*Received: 80 × 50"):
        recordings.track(StandIn(), frames(1, [(120, 60), (80, 50)]), calibration, (32, 32, 3))


def test_a_missing_image_makes_its_camera_and_the_keypoints_nan_in_that_frame_only(calibration):
    images = frames(3)
    images[1] = images[1][0], Missing("gone")
    tracks = recordings.track(StandIn(), images, calibration, (32, 48, 3))
    whole = recordings.track(StandIn(), frames(3), calibration, (32, 48, 3))
    for name, values in vars(whole).items():
        expected = values.copy()
        expected[1 if name == "keypoints" else (1, 1)] = np.nan
        np.testing.assert_array_equal(getattr(tracks, name), expected)
    stacked = StandIn()
    stacked.view_encoding = "stacked"
    assert np.isnan(recordings.track(stacked, images, calibration, (32, 48, 3)).uv[1]).all()
    assert tracks.known.tolist() == [True, False, True]


def test_another_number_of_cameras_than_trained_on_is_refused_if_each_has_a_network(calibration):
    model = StandIn()
    model.num_views = 3
    with pytest.raises(ValueError, match=r"the 3 cameras of the training.*Received: left, right"):
        recordings.track(model, frames(1), calibration, (32, 32, 3))


@pytest.mark.parametrize("background", ["none", "features", "residual"])
def test_a_model_that_shares_weights_takes_any_number_of_cameras(calibration, background):
    options = {"num_keypoints": 4, "filters": 4, "levels": 1, "background": background}
    model = Keypoint3D(num_views=3, view_encoding="shared", image_size=(32, 32), **options)
    cameras = {"intrinsics": tf.eye(3, batch_shape=[1, 3]), "extrinsics": tf.eye(4, batch_shape=[1, 3])}
    model({"image": tf.zeros([1, 3, 32, 32, 3]), **cameras})
    tracks = recordings.track(model, frames(1), calibration, (32, 32, 3))
    assert tracks.points_world.shape == (1, 2, 4, 3)
    assert np.isfinite(tracks.keypoints).all()


def test_a_recording_tells_the_size_of_images_that_the_camera_file_does_not(calibration, tmp_path, monkeypatch):
    straight = calibration.intrinsics * [[1, 0, 1], [1, 1, 1], [1, 1, 1]]
    calibration = dataclasses.replace(calibration, intrinsics=straight)
    for name, matrix, pose in zip(calibration.names, calibration.matrices, calibration.extrinsics, strict=True):
        camera = {"intrinsicMatrix": matrix.T, "distortionCoefficients": np.zeros((1, 5)), "R": pose[:3, :3].T}
        (tmp_path / "cameras").mkdir(exist_ok=True)
        (tmp_path / f"cameras/{name}.yaml").write_text(yaml(camera | {"T": pose[:3, 3:]}))
    for index, images in enumerate(frames(2)):
        for name, image in zip(calibration.names, images, strict=True):
            (tmp_path / f"images/{name}").mkdir(parents=True, exist_ok=True)
            image.save(tmp_path / f"images/{name}/{index}.png")
    (tmp_path / "model.keras").write_bytes(b"any")
    images = {"images": {"shape": (2, 32, 32, 3)}}
    model_file = tmp_path / "model.keras"
    run = types.SimpleNamespace(
        load_model=StandIn, config=images, folder=tmp_path, outputs=tmp_path, model_file=model_file
    )
    monkeypatch.setattr(Run, "open", lambda folder: run)
    recordings.predict(run, tmp_path / "out", tmp_path / "images", tmp_path / "cameras")
    found = np.load(tmp_path / "out/keypoints.npz")
    np.testing.assert_array_equal(found["camera_sizes"], calibration.sizes)
    np.testing.assert_allclose(found["pixels"][0], calibration.project(POINTS), atol=1e-3)
