"""Each alarm is raised by the fault that it is for, and none by a healthy model."""

import numpy as np
import pytest

from tests import reference
from tfkeypoints.geometry import camera
from tfkeypoints.metrics import collapse
from tfkeypoints.metrics.collapse import COLLAPSE

FRAMES, POINTS = 12, 6


def cameras(eyes):
    """Cameras that look at the origin from `eyes` `[V, 3]`, in every frame."""
    extrinsics = np.stack([camera.look_at(eye, [0.0, 0.0, 0.0], [0.0, 0.0, 1.0]).numpy() for eye in np.float32(eyes)])
    intrinsics = np.broadcast_to(camera.intrinsics_from_fov(1.0).numpy(), (FRAMES, len(eyes), 3, 3))
    return intrinsics, np.broadcast_to(extrinsics, (FRAMES, len(eyes), 4, 4))


@pytest.fixture
def healthy(rng):
    """Answers of a model that sees six points move about the origin, from three sides."""
    keypoints = rng.uniform(-0.15, 0.15, (FRAMES, POINTS, 3))
    intrinsics, extrinsics = cameras([[1.2, 0, 0.4], [0, 1.2, 0.4], [-0.5, -0.9, 0.6]])
    return with_keypoints({"intrinsics": intrinsics, "extrinsics": extrinsics}, keypoints) | {
        "attention": np.full((FRAMES, 3, POINTS), 1 / POINTS),
        "reconstruction_error": np.full(3, 0.001),
        "image_variance": np.full(3, 0.004),
    }


def with_keypoints(answer, keypoints):
    uv, _ = camera.project(keypoints[:, None], answer["intrinsics"], answer["extrinsics"])
    views = answer["intrinsics"].shape[1]
    return {**answer, "keypoints": keypoints, "points_world": np.repeat(keypoints[:, None], views, 1), "uv": uv.numpy()}


def test_a_healthy_model_raises_no_alarm(healthy):
    assert collapse.alarms(**healthy) == []


def test_points_in_one_place(healthy, rng):
    together = rng.uniform(-0.15, 0.15, (FRAMES, 1, 3)) + rng.normal(0, 0.002, (FRAMES, POINTS, 3))
    assert collapse.alarms(**with_keypoints(healthy, together)) == [COLLAPSE["one_place"]]


def test_attention_on_one_point(healthy):
    healthy["attention"] = np.full((FRAMES, 3, POINTS), 0.01)
    healthy["attention"][..., 4] = 0.95
    assert collapse.alarms(**healthy) == [COLLAPSE["one_point"]]


def test_points_off_the_scene(healthy):
    away = healthy["keypoints"].copy()
    away[:, :3] += [0, 0, 5]
    assert COLLAPSE["off_scene"] in collapse.alarms(**{**healthy, "keypoints": away})
    away[:, 1:3] -= [0, 0, 5]
    assert collapse.alarms(**{**healthy, "keypoints": away}) == []


def test_points_that_stand_still_while_the_images_change(healthy):
    frozen = with_keypoints(healthy, np.repeat(healthy["keypoints"][:1], FRAMES, 0))
    assert collapse.alarms(**frozen) == [COLLAPSE["still"]]
    assert collapse.alarms(**{**frozen, "image_variance": np.zeros(3), "reconstruction_error": np.zeros(3)}) == []


def test_a_reconstruction_that_is_the_mean_image(healthy):
    healthy["reconstruction_error"] = healthy["image_variance"] * 1.01
    assert collapse.alarms(**healthy) == [COLLAPSE["mean_image"]]


def test_views_that_disagree(healthy, rng):
    healthy["points_world"] = healthy["points_world"] + rng.normal(0, 0.1, healthy["points_world"].shape)
    assert collapse.alarms(**healthy) == [COLLAPSE["views"]]


def test_a_view_that_shows_nothing_new(healthy):
    healthy["image_variance"] = np.array([0.004, 0.0, 0.004])
    (alarm,) = collapse.alarms(**healthy)
    assert alarm.startswith("Camera 1 ")


def test_two_cameras_at_one_place():
    assert collapse.camera_alarms(*cameras([[1, 0, 0.4], [0, 1, 0.4], [1, 0.003, 0.4]]), distance=1)[0].startswith(
        "Cameras 0 and 2 stand at one place"
    )


def test_extrinsics_of_another_convention():
    intrinsics, extrinsics = cameras([[1, 0, 0.4], [0, 1.3, 0.4], [-0.5, -0.6, 0.6]])
    opengl = np.diag([1.0, -1.0, -1.0, 1.0]) @ extrinsics
    for wrong in (opengl, np.linalg.inv(extrinsics)):
        (alarm,) = collapse.camera_alarms(intrinsics, wrong, distance=1)
        assert alarm.startswith("The cameras do not look at a common place")


def test_parallel_cameras_and_a_single_one_are_fine(rng):
    extrinsics = np.tile(np.eye(4), (FRAMES, 2, 1, 1))
    extrinsics[:, 1, 0, 3] = -0.3
    intrinsics = np.tile(np.eye(3), (FRAMES, 2, 1, 1))
    assert collapse.camera_alarms(intrinsics, extrinsics, distance=1) == []
    _, single = reference.random_cameras(rng, (FRAMES, 1))
    assert collapse.camera_alarms(intrinsics[:, :1], single, distance=1) == []


def test_a_single_view_and_a_single_keypoint_are_fine(healthy):
    one = {name: np.asarray(healthy[name])[:, :1] for name in ("intrinsics", "extrinsics")}
    one = with_keypoints(one, healthy["keypoints"][:, :1]) | {"attention": np.ones((FRAMES, 1, 1))}
    assert collapse.alarms(**one) == []


def test_bad_input_is_named(healthy):
    with pytest.raises(ValueError, match=r"attention.shape=\(12, 3, 5\)"):
        collapse.alarms(**{**healthy, "attention": healthy["attention"][..., :5]})
