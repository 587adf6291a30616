"""Motion of an episode: who pushes whom, who rolls, who touches nobody."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tfkeypoints.rendering.scenes import arm, bodies
from tfkeypoints.rendering.scenes.motion import LANDMARK_NAMES, draw_motion

SEEDS = range(10)


@pytest.fixture(scope="module")
def motions():
    return [draw_motion(np.random.default_rng(seed), 50) for seed in SEEDS]


def moving(points):
    return np.linalg.norm(np.diff(points, axis=0), axis=1) > 1e-9


def test_box_moves_only_with_the_low_closed_gripper_and_keeps_its_distance(motions):
    for motion in motions:
        pushed = moving(motion.box)
        assert pushed.any() and not pushed.all()
        steps = np.diff(motion.tip, axis=0)
        inner = pushed[:-2] & pushed[1:-1] & pushed[2:]  # frames at either end hold a part of the push only
        np.testing.assert_allclose(steps[1:-1][inner], np.diff(motion.box, axis=0)[1:-1][inner], atol=1e-12)
        np.testing.assert_allclose(motion.opening[1:-1][pushed[1:] & pushed[:-1]], 0, atol=1e-12)
        assert 0.15 < np.linalg.norm(motion.box[-1] - motion.box[0]) < 0.35


def test_fingers_never_enter_the_box(motions):
    for motion in motions:
        for tip, opening, box, rotation in zip(
            motion.tip, motion.opening, motion.box, motion.box_rotation, strict=True
        ):
            fingers = [surface[0] for surface, color in arm.surfaces(tip, opening) if color is arm.GREEN]
            inside = np.abs((np.concatenate(fingers) - box) @ rotation) < bodies.BOX_SIZE / 2
            assert not inside.all(axis=1).any()


def test_box_is_pushed_along_its_own_x_axis(motions):
    for motion in motions:
        way = motion.box[-1] - motion.box[0]
        np.testing.assert_allclose(motion.box_rotation[0][:, 0], way / np.linalg.norm(way), atol=1e-9)


def test_ball_rolls_without_slipping(motions):
    for motion in motions:
        steps = np.diff(motion.ball, axis=0)
        turns = Rotation.from_matrix(motion.ball_rotation[1:] @ np.swapaxes(motion.ball_rotation[:-1], 1, 2))
        np.testing.assert_allclose(np.cross(turns.as_rotvec(), [0, 0, bodies.BALL_RADIUS]), steps, atol=1e-9)


def test_ball_touches_neither_box_nor_arm_nor_leaves_the_table(motions):
    for motion in motions:
        level = motion.ball[:, :2]
        corner = np.linalg.norm(bodies.BOX_SIZE[:2]) / 2
        assert np.linalg.norm(level - motion.box[:, :2], axis=1).min() > corner + bodies.BALL_RADIUS
        assert np.linalg.norm(level - arm.BASE[:2], axis=1).min() > 0.12 + bodies.BALL_RADIUS
        assert np.abs(level).max() < bodies.TABLE_HALF - bodies.BALL_RADIUS
        for tip, opening, ball in zip(motion.tip, motion.opening, motion.ball, strict=True):
            fingers = np.concatenate([s[0] for s, color in arm.surfaces(tip, opening) if color is arm.GREEN])
            assert np.linalg.norm(fingers - ball, axis=1).min() > bodies.BALL_RADIUS


def test_more_frames_show_the_same_motion_in_finer_steps():
    coarse, fine = (draw_motion(np.random.default_rng(4), frames) for frames in (6, 11))
    np.testing.assert_allclose(fine.tip[::2], coarse.tip, atol=1e-12)
    np.testing.assert_allclose(fine.ball_rotation[::2], coarse.ball_rotation, atol=1e-12)


def test_landmarks_are_joints_and_centres_in_the_order_of_their_names(motions):
    motion = motions[0]
    points = dict(zip(LANDMARK_NAMES, motion.landmarks(7), strict=True))
    np.testing.assert_allclose(points["tip"], motion.tip[7], atol=1e-6)
    np.testing.assert_allclose(points["wrist"], motion.tip[7] + [0, 0, arm.HAND], atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(points["elbow"] - points["wrist"]), arm.FOREARM, atol=1e-6)
    np.testing.assert_allclose(points["box"], motion.box[7], atol=1e-6)
    np.testing.assert_allclose(points["ball"], motion.ball[7], atol=1e-6)
