"""Tests of robot scenes: cameras against pixels, landmarks on their bodies, backgrounds, episodes, errors."""

import numpy as np
import pytest

from tests.simulation import probes
from tests.simulation.requirements import needs_robots
from tfkeypoints.simulation import catalog, episodes, metaworld

pytestmark = needs_robots

HAMMER_BODIES = {  # on which bodies each landmark is seen
    "right_finger": ("rightclaw", "rightpad"),
    "left_finger": ("leftclaw", "leftpad"),
    "hammer": ("hammer",),
    "hammer_head": ("hammer",),
    "nail": ("nail_link",),
}


@pytest.fixture(scope="module")
def hammer_episodes():
    """Two episodes of the hammer, and the first one again, from one process; and the background."""
    tasks = [probes.job("hammer", number, num_frames=30) for number in (0, 1, 0)]
    return probes.in_process(episodes.record, *tasks), probes.in_process(episodes.record_background, tasks[0])[0]


@pytest.mark.parametrize(("robot_scene", "size"), [("hammer", 128), ("ant", 96), ("scarf", 96)])
def test_landmarks_project_to_where_they_are_drawn_within_one_pixel(robot_scene, size):
    (distances,) = probes.in_process(probes.marker_distances, (robot_scene, size, 7))
    assert distances.shape == (3, len(catalog.SCENES[robot_scene].landmark_names))
    assert distances.max() <= 1.0
    assert distances.mean() <= 0.5


def test_landmarks_lie_on_the_bodies_that_they_name():
    (gaps,) = probes.in_process(probes.landmark_gaps, ("hammer", 128, HAMMER_BODIES))
    assert gaps.min(axis=0).max() <= 1.0


def test_episode_shows_the_hammer_being_moved(hammer_episodes):
    (first, second, _), _ = hammer_episodes
    names = list(catalog.SCENES["hammer"].landmark_names)
    positions = np.stack([example["landmarks"] for example in first])
    moved = np.linalg.norm(np.ptp(positions, axis=0), axis=1)
    assert moved[names.index("end_effector")] > 0.1
    assert moved[names.index("hammer")] > 0.05
    assert [example["frame"] for example in first] == list(range(30))
    assert {example["instance"] for example in first} == {"hammer/train/00000"}
    assert not np.allclose(first[0]["landmarks"], second[0]["landmarks"], atol=1e-3)


def test_episode_depends_on_its_name_alone(hammer_episodes):
    (first, _, again), _ = hammer_episodes
    for one, other in zip(first, again, strict=True):
        for key, value in one.items():
            np.testing.assert_array_equal(value, other[key])


def test_background_shows_neither_robot_nor_objects(hammer_episodes):
    (first, _, _), background = hammer_episodes
    assert red_pixels(first[0]["image"]) > 100
    assert red_pixels(background["image"]) == 0
    assert (first[0]["image"] == background["image"]).all(axis=-1).mean() > 0.5
    assert not background["landmarks"].any()
    np.testing.assert_array_equal(background["extrinsics"], first[0]["extrinsics"])


def red_pixels(image):
    red, green, blue = np.moveaxis(image.astype(int), -1, 0)
    return ((red > 2 * green) & (red > 2 * blue) & (red > 40)).sum()


def test_observation_holds_the_goal_and_the_end_effector():
    hand, goal, landmarks, expected_goal = probes.in_process(probes.observed_points, "box_close")[0]
    np.testing.assert_allclose(goal, expected_goal)
    assert np.abs(goal).min() > 0
    np.testing.assert_allclose(landmarks[0], hand, atol=1e-6)
    np.testing.assert_allclose(landmarks[0, :2], landmarks[1:3, :2].mean(axis=0), atol=0.01)  # between the fingers


def test_cameras_ride_along_with_the_ant_and_do_not_turn():
    colored, plain = probes.in_process(
        episodes.record,
        probes.job("ant", num_frames=40, steps_per_frame=1),
        probes.job("ant_plain", num_frames=2, steps_per_frame=1),
    )
    torso = np.stack([example["landmarks"][0] for example in colored])
    eyes = np.stack([[-pose[:3, :3].T @ pose[:3, 3] for pose in example["extrinsics"]] for example in colored])
    offsets = eyes - torso[:, None]
    np.testing.assert_allclose(offsets, np.broadcast_to(offsets[:1], offsets.shape), atol=1e-4)
    assert np.linalg.norm(torso[-1, :2] - torso[0, :2]) > 0.3
    assert (torso[:, 2] > 0.2).all() and (torso[:, 2] < 1.0).all()
    spread = [np.ptp(example["image"][..., :3].astype(int), axis=-1).max() for example in (colored[0], plain[0])]
    assert spread[0] > 150 > spread[1]  # only colored legs are saturated


def test_the_floor_that_passes_below_the_ant_looks_the_same_all_the_time():
    (frames,) = probes.in_process(episodes.record, probes.job("ant", num_frames=12, steps_per_frame=4))
    images = np.stack([frame["image"] for frame in frames]).astype(int)
    changed = (images.max(axis=0) - images.min(axis=0)).max(axis=-1) > 20
    assert 0.05 < changed.mean() < 0.4
    assert not changed[:, : changed.shape[1] // 4].any()


@pytest.mark.slow
@pytest.mark.parametrize("robot_scene", [*metaworld.TASKS, "ant_plain"])
def test_every_scene_records_its_landmarks(robot_scene):
    (frames,) = probes.in_process(episodes.record, probes.job(robot_scene, num_frames=48, action_noise=0.05))
    scene = catalog.SCENES[robot_scene]
    positions = np.stack([example["landmarks"] for example in frames])
    assert positions.shape == (48, len(scene.landmark_names), 3)
    assert frames[0]["image"].shape == (scene.num_views, 32, 32, 3)
    moved = np.linalg.norm(np.ptp(positions, axis=0), axis=1)
    moved = dict(zip(scene.landmark_names, moved, strict=True))
    assert all(distance > 0.05 for name, distance in moved.items() if name != "box")


def test_recording_imports_no_tensorflow():
    (modules,) = probes.in_process(probes.imported_by_recording, probes.job("ant", num_frames=1))
    assert not {"tensorflow", "tensorflow_datasets", "keras"} & set(modules)


def test_scene_refuses_to_share_a_process_with_tensorflow():
    with pytest.raises(ImportError, match="spawned_map"):
        probes.in_process(probes.make_beside_tensorflow, "ant")


@pytest.mark.parametrize(
    "environment",
    [{"MUJOCO_GL": "egl", "PYOPENGL_PLATFORM": "osmesa"}, {"MUJOCO_GL": "egl", "MUJOCO_EGL_DEVICE_ID": "99"}],
    ids=["at_import", "at_first_frame"],
)
def test_absent_opengl_is_reported_with_the_packages_to_install(environment):
    with pytest.raises(ImportError, match=r"apt-get install libegl1 .*libosmesa6"):
        probes.in_process(probes.render_empty_model, environment)


@pytest.mark.parametrize("size", [(490, 650), (500, 20), (20, 700)])
def test_images_may_be_larger_than_the_buffer_that_mujoco_has_by_default(size):
    assert probes.in_process(probes.rendered_shape, size) == [(*size, 3)]


def test_an_episode_may_be_longer_than_those_of_meta_world():
    assert probes.in_process(probes.steps_of_an_episode, ("hammer", 505)) == [505]


def test_unknown_task_is_named():
    with pytest.raises(ValueError, match="'juggle'"):
        metaworld.scripted_policy("juggle")
