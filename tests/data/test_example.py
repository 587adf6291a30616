"""Tests of `data.check_example`: valid examples pass, and an error names the key and what was received."""

import numpy as np
import pytest

from tfkeypoints.data import check_example


@pytest.fixture
def example():
    image = np.zeros((2, 4, 6, 4), np.uint8)
    image[:, 1:3, 2:4] = 200
    turn = np.eye(4, dtype=np.float32)
    turn[:2, :2] = [[0.6, -0.8], [0.8, 0.6]]
    return {
        "image": image,
        "intrinsics": np.tile(np.diag([2.0, 3.0, 1.0]).astype(np.float32), (2, 1, 1)),
        "extrinsics": np.stack([np.eye(4, dtype=np.float32), turn]),
        "landmarks": np.ones((5, 3), np.float32),
        "instance": b"chair",
    }


def test_valid_example_passes(example):
    check_example(example)


def test_optional_keys_may_be_absent(example):
    del example["landmarks"], example["instance"]
    check_example(example)


def test_float_image_without_alpha_passes(example):
    check_example(example | {"image": example["image"][..., :3].astype(np.float32) / 255})


def changed(array, index, value):
    array = array.copy()
    array[index] = value
    return array


@pytest.mark.parametrize(
    ("key", "change", "message"),
    [
        ("image", lambda a: a.astype(np.float64), r"`image` must be uint8.*float64"),
        ("image", lambda a: a[0], r"`image`.*\(4, 6, 4\)"),
        ("image", lambda a: a[..., :2], r"`image`.*\(2, 4, 6, 2\)"),
        (
            "image",
            lambda a: changed((a / 255).astype(np.float32), (0, 1, 2, 0), np.nan),
            r"`image` must be finite.*1 val",
        ),
        ("image", lambda a: a.astype(np.float32), r"`image` of floats must lie in \[0, 1\].*200"),
        ("image", lambda a: changed(a, (1, ..., 3), 0), r"`image`.*alpha 0 everywhere in view 1"),
        ("intrinsics", lambda a: a[:1], r"`intrinsics` must have shape \(2, 3, 3\).*\(1, 3, 3\)"),
        ("intrinsics", lambda a: changed(a, (1, 0, 0), np.inf), r"`intrinsics` must be finite.*inf at \[1, 0, 0\]"),
        ("intrinsics", lambda a: changed(a, (1, 2, 0), 0.5), r"`intrinsics`.*last row.*view 1"),
        ("intrinsics", lambda a: changed(a, (0, 1, 1), -3.0), r"`intrinsics`.*positive focal.*view 0"),
        ("extrinsics", lambda a: a[:, :3], r"`extrinsics` must have shape \(2, 4, 4\).*\(2, 3, 4\)"),
        ("extrinsics", lambda a: a.astype(np.float64), r"`extrinsics` must be float32.*float64"),
        ("extrinsics", lambda a: changed(a, (0, 1, 3), np.nan), r"`extrinsics` must be finite.*nan at \[0, 1, 3\]"),
        ("extrinsics", lambda a: changed(a, (1, 0, 0), 1.2), r"`extrinsics` must be rigid.*view 1"),
        ("extrinsics", lambda a: changed(a, (0, 2, 2), -1.0), r"`extrinsics` must be rigid.*view 0.*det R = -1"),
        ("extrinsics", lambda a: changed(a, (0, 3, 0), 1.0), r"`extrinsics` must be rigid.*last row \[1.0, 0"),
        ("landmarks", lambda a: a[:, :2], r"`landmarks` must have shape \(5, 3\).*\(5, 2\)"),
        ("landmarks", lambda a: changed(a, (4, 1), np.nan), r"`landmarks` must be finite.*nan at \[4, 1\]"),
        ("instance", lambda a: [a, a], r"`instance` must be one string"),
    ],
)
def test_error_names_the_key_and_what_was_received(example, key, change, message):
    with pytest.raises(ValueError, match=message):
        check_example(example | {key: change(example[key])})


def test_missing_key_is_named(example):
    del example["extrinsics"]
    with pytest.raises(ValueError, match=r"missing: \['extrinsics'\]"):
        check_example(example)
