"""Rendered episodes: landmarks against the pictures, and the background against both."""

import itertools

import numpy as np
import pytest

from tfkeypoints.rendering.examples import Job
from tfkeypoints.rendering.render import Renderer
from tfkeypoints.rendering.scenes import arm, bodies, cameras, episodes
from tfkeypoints.rendering.scenes.motion import LANDMARK_NAMES, draw_motion

JOB = Job("arm/train/00003", "arm", 6, 0)
SIZE = 64


def project(points, intrinsics, extrinsics):
    image_points = (points @ extrinsics[:3, :3].T + extrinsics[:3, 3]) @ intrinsics.T
    return image_points[:, :2] / image_points[:, 2:]


@pytest.fixture(scope="module", params=[False, True], ids=["standing", "swaying"])
def episode(request):
    return episodes.episode_examples(JOB, SIZE, 2, request.param)


def test_drawn_bodies_lie_where_their_landmarks_project():
    motion = draw_motion(np.random.default_rng(1), 3)
    intrinsics, extrinsics = cameras.standing_cameras(3)
    for surface, rotation, position, name in [
        (bodies.ball_surface(), motion.ball_rotation, motion.ball, "ball"),
        (bodies.box_surface(), motion.box_rotation, motion.box, "box"),
    ]:
        assembly = episodes.Assembly()
        assembly.add(episodes.placed(surface[0], rotation[1], position[1]), surface[1])
        renderer = Renderer(assembly.mesh())
        point = motion.landmarks(1)[[LANDMARK_NAMES.index(name)]]
        for camera, pose in zip(intrinsics, extrinsics, strict=True):
            alpha = renderer.render(camera, pose, SIZE, SIZE)[..., 3] / 255
            centre = (np.indices(alpha.shape) * alpha).sum(axis=(1, 2))[::-1] / alpha.sum()
            pixel = ((project(point, camera, pose)[0] + 1) * SIZE - 1) / 2
            np.testing.assert_allclose(centre, pixel, atol=0.5)


def test_all_landmarks_project_onto_what_differs_from_the_empty_table(episode):
    for example in episode:
        views = zip(example["image"], example["intrinsics"], example["extrinsics"], strict=True)
        for image, camera, pose in views:
            table = episodes.table_images(camera[None], pose[None], SIZE)[0]
            changed = np.abs(image - table).max(axis=-1) > 8
            pixels = ((project(example["landmarks"], camera, pose) + 1) * SIZE - 1) / 2
            rows, columns = np.nonzero(changed)
            gaps = np.abs(pixels[:, None] - np.stack([columns, rows], axis=-1)).max(axis=-1).min(axis=1)
            between_open_fingers = np.array(LANDMARK_NAMES) == "tip"
            assert (gaps <= np.where(between_open_fingers, 2.0, 1.0)).all()
            assert 0.02 < changed.mean() < 0.3


def test_frames_are_numbered_and_each_differs_from_the_one_before(episode):
    assert [int(example["frame"]) for example in episode] == list(range(6))
    assert {example["instance"] for example in episode} == {"arm/train/00003"}
    for before, after in itertools.pairwise(episode):
        assert (before["image"] != after["image"]).any(axis=(1, 2, 3)).all()


def test_same_job_gives_the_same_episode_and_another_name_another_one():
    first, again, other = (
        episodes.episode_examples(job, 16, 1, False) for job in (JOB, JOB, Job("arm/train/00004", "arm", 6, 0))
    )
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a["image"], b["image"])
    assert not np.allclose(first[0]["landmarks"], other[0]["landmarks"])


def test_background_is_what_standing_cameras_see_where_nothing_moves():
    background = episodes.background_example(SIZE, 2)
    examples = episodes.episode_examples(JOB, SIZE, 2, False)
    np.testing.assert_array_equal(background["extrinsics"], examples[0]["extrinsics"])
    same = np.stack([(example["image"] == background["image"]).all(axis=-1) for example in examples]).all(axis=0)
    assert same.mean() > 0.6
    assert not background["landmarks"].any() and background["landmarks"].shape == (len(LANDMARK_NAMES), 3)


def test_arm_keeps_its_foot_in_every_frame_but_not_in_the_background():
    background = episodes.background_example(SIZE, 1)
    pixel = (
        project(arm.BASE[None] + [0.03, 0, 0.1], background["intrinsics"][0], background["extrinsics"][0])[0] + 1
    ) * SIZE
    column, row = (pixel / 2).astype(int)
    assert background["image"][0, row, column].min() > 90
    example = episodes.episode_examples(Job("arm/train/00007", "arm", 2, 0), SIZE, 1, False)[0]
    assert (example["image"][0, row, column] != background["image"][0, row, column]).any()
