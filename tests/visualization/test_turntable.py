"""Frames of a turning object carry the keypoints that were predicted for them."""

import pytest

pytest.importorskip("trimesh", reason="trimesh is not installed (extra `rendering`)")

import numpy as np
import trimesh

from tfkeypoints.visualization import palette, turntable_frames

MESH = trimesh.creation.box((1.0, 0.6, 0.8))


def project(points, example):
    camera = np.einsum("fvij,kj->fvki", example["extrinsics"][..., :3, :3], points)
    camera = camera + example["extrinsics"][..., None, :3, 3]
    focal = example["intrinsics"][..., [0, 1], [0, 1]][..., None, :]
    return focal * camera[..., :2] / camera[..., 2:]


def test_a_fixed_world_point_is_drawn_where_the_object_shows_it():
    seen = {}

    def predict(example):
        seen.update(example)
        return {"uv": project(np.array([[0.5, 0.3, 0.4]]), example)}

    frames = turntable_frames(MESH, predict, image_size=32, num_frames=4, size=120)
    assert frames.shape == (4, 120, 120, 3)
    assert frames.dtype == np.uint8
    assert seen["image"].shape == (4, 1, 32, 32, 4)
    uv = project(np.array([[0.5, 0.3, 0.4]]), seen)[:, 0, 0]
    for frame, (u, v) in zip(frames, uv, strict=True):
        rows, columns = np.nonzero((frame == palette(1)[0]).all(-1))
        np.testing.assert_allclose((columns.mean(), rows.mean()), ((u + 1) * 60 - 0.5, (v + 1) * 60 - 0.5), atol=0.3)
    assert np.ptp(uv[:, 0]) > 0.3


def test_the_object_fills_the_same_part_of_small_and_large_renders():
    frames = turntable_frames(MESH, lambda example: {"uv": np.full((2, 1, 1, 2), 9.0)}, 16, num_frames=2, size=64)
    assert (frames[:, 32, 32] != frames[:, 0, 0]).any()
    assert (frames[:, 0] == frames[0, 0, 0]).all()


def test_a_prediction_of_the_wrong_shape_is_named():
    with pytest.raises(ValueError, match=r"uv \[3, 1, K, 2\]"):
        turntable_frames(MESH, lambda example: {"uv": np.zeros((3, 1, 2))}, 16, num_frames=3, size=32)
    with pytest.raises(ValueError, match="num_frames=0"):
        turntable_frames(MESH, dict, 16, num_frames=0)
