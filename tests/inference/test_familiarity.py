"""What is unlike the validation images is far off, by independent NumPy; so is one of a hundred that are alike."""

import json

import numpy as np
import pytest

from tfkeypoints.data import example
from tfkeypoints.evaluation import collection
from tfkeypoints.inference.familiarity import extents, familiarity_of, features, fitted
from tfkeypoints.inference.images import window_about

SIDE = 40


def seen(rng, count, width=12.0):
    """Heatmaps' spreads of three keypoints, which vary together, and images of boxes about so wide."""
    common = rng.normal(size=(count, 1))
    spread = np.exp(0.3 * common + 0.2 * rng.normal(size=(count, 3)) - 3)
    images = np.zeros((count, SIDE, SIDE, 4), np.uint8)
    for image in images:
        across, down = (int(np.clip(rng.normal(size, 2), 3, 36)) for size in (width, 20))
        left, top = rng.integers(0, SIDE - across), rng.integers(0, SIDE - down)
        image[top : top + down, left : left + across] = (90, 120, 60, 255)
    return spread, images


def test_extents_are_area_width_and_height():
    images = np.zeros((2, 20, 40, 4), np.uint8)
    images[0, 5:9, 10:30, 3] = 255
    images[0, 6, 15, 3] = 0
    np.testing.assert_allclose(extents(images), [[79 / 800, 20 / 40, 4 / 20], [0, 0, 0]])
    assert features(np.ones((2, 3)), images).shape == (2, 6)
    assert features(np.ones((2, 3)), images[..., :3]).shape == (2, 3)
    assert np.isfinite(features(np.zeros((2, 3)), images)).all()


def test_distances_are_mahalanobis_and_the_limit_is_the_quantile_of_the_second_half(rng):
    spread, images = seen(rng, 300)
    found = fitted(spread, images)
    x = np.concatenate([np.log(spread), np.log(extents(images) + 1e-3)], 1)
    mean, scale = x[:150].mean(0), x[:150].std(0)
    z = (x - mean) / (scale + 1e-6)
    matrix = 0.9 * np.cov(z[:150].T) + 0.1 * np.eye(6)
    distances = np.array([row @ np.linalg.solve(matrix, row) for row in z])
    np.testing.assert_allclose(found.limit, np.quantile(distances[150:], 0.99), rtol=1e-9)
    np.testing.assert_allclose(found.unfamiliarity(spread, images), distances / found.limit, rtol=1e-9)
    np.testing.assert_allclose(found.fill, np.median(extents(images)[:, 1:].max(1)))


def test_few_familiar_images_and_all_others_are_unlike(rng):
    found = fitted(*seen(rng, 2000))
    familiar = (found.unfamiliarity(*seen(rng, 2000)) > 1).mean()
    assert 0.002 < familiar < 0.025  # of 1 %; 20 of 2,000 scatter by 4.5, and the limit itself by as much twice
    wide = seen(rng, 100, width=32)
    assert (found.unfamiliarity(*wide) > 1).mean() > 0.95
    spread, images = seen(rng, 100)
    assert (found.unfamiliarity(8 * spread, images) > 1).mean() > 0.95  # by 5.8 of its deviations
    # Each spread by itself is usual, but not all three with each other.
    assert (found.unfamiliarity(spread * [2.2, 1 / 2.2, 1], images) > 1).mean() > 0.5


class Told:
    """A run whose validation split is given, and its model, which counts what it is asked."""

    def __init__(self, folder, spread, images, monkeypatch):
        import tensorflow as tf

        self.folder = self.outputs = folder
        self.model_file, self.config, self.asked = folder / "model.keras", {"data": "told"}, 0
        self.spread = spread
        self.model_file.write_bytes(b"weights")
        cameras = {"intrinsics": np.zeros((len(images), 2, 3, 3)), "extrinsics": np.zeros((len(images), 2, 4, 4))}
        split = {"image": np.stack([images, np.zeros_like(images)], 1), **cameras}
        assert set(split) == set(example.CAMERA_KEYS)
        monkeypatch.setattr(collection, "load_evenly", lambda *_: tf.data.Dataset.from_tensor_slices(split))

    def predict_on_batch(self, inputs):
        rows = slice(self.asked, self.asked + len(inputs["image"]))
        assert inputs["image"].shape[1] == 1
        self.asked = rows.stop
        return {"std": self.spread[rows, None, :, None]}


def test_it_is_measured_once_a_model_and_kept_in_the_run(tmp_path, rng, monkeypatch):
    spread, images = seen(rng, 150)
    run = Told(tmp_path, spread, images, monkeypatch)
    found, expected = familiarity_of(run, run), fitted(spread, images)
    kept = familiarity_of(run, run)
    assert run.asked == 150
    for each in (found, kept):
        np.testing.assert_array_equal(each.unfamiliarity(spread, images), expected.unfamiliarity(spread, images))
    run.model_file.write_bytes(b"other weights")
    run.asked = 0
    familiarity_of(run, run)
    assert run.asked == 150
    json.loads((tmp_path / "familiarity.json").read_text())


def test_without_data_or_with_few_nothing_is_known(tmp_path, rng, monkeypatch):
    run = Told(tmp_path, *seen(rng, 99), monkeypatch)
    assert familiarity_of(run, run) is None

    def absent(*_):
        raise ValueError("no such data set")

    monkeypatch.setattr(collection, "load_evenly", absent)
    assert familiarity_of(run, run) is None
    assert not (tmp_path / "familiarity.json").exists()


@pytest.mark.parametrize("fill", [0.5, 1.0])
def test_a_window_is_a_square_about_the_object(fill):
    from PIL import Image

    pixels = np.zeros((60, 100, 4), np.uint8)
    pixels[10:50, 70:90, 3] = 255  # 20 × 40 about (80, 30)
    left, top, right, low = window_about(Image.fromarray(pixels), fill)
    assert (right - left, low - top) == (40 / fill, 40 / fill)
    assert ((left + right) / 2, (top + low) / 2) == (80, 30)
