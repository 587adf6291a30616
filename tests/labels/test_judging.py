"""Expected errors, against those that were put in."""

import numpy as np
import pytest

from tfkeypoints.labels import judging
from tfkeypoints.labels.judging import judge

NOISE = 0.02


@pytest.fixture
def keypoints(rng):
    """Twelve keypoints of a body that turns, moves and bends, in 60 frames."""
    body = rng.normal(size=(12, 3)) * 0.3
    frames = []
    for angle in rng.uniform(-1, 1, 60):
        turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
        frames.append(body @ turn.T + rng.normal(size=(12, 3)) * 0.05 + rng.normal(size=3) * 0.3)
    return np.array(frames)


def combined(keypoints, rng):
    weights = rng.normal(size=12) * 0.3
    return (weights + (1 - weights.sum()) / 12) @ keypoints


def test_the_noise_of_the_labels_is_the_error(keypoints, rng):
    points = combined(keypoints, rng) + rng.normal(size=(60, 3)) * NOISE
    verdict = judge(keypoints, points)
    # 11 free weights of 180 numbers add little: √(1 + 11 / 169) = 1.03; 60 distances vary by √(2 / 180) / 2 = 5 %
    assert verdict.error == pytest.approx(NOISE * 3**0.5, rel=0.25)
    assert verdict.known and verdict.labels == 60 and verdict.own is None
    assert list(verdict.by_labels) == [5, 10, 20, 50, 60]
    errors = list(verdict.by_labels.values())
    assert errors[0] > 1.5 * errors[-1] and errors[-1] == verdict.error
    fresh = combined(keypoints, np.random.default_rng(9))  # another point, of no noise: errors fall to the ridge's bias
    assert judge(keypoints, fresh).error < 1e-3


def test_the_error_is_that_of_frames_never_seen(keypoints, rng):
    points = combined(keypoints, rng) + rng.normal(size=(60, 3)) * NOISE
    verdict = judge(keypoints[:30], points[:30])
    off = np.linalg.norm(verdict.weights @ keypoints[30:] - points[30:], axis=1)
    assert np.sqrt(np.mean(off**2)) == pytest.approx(verdict.error, rel=0.4)  # two samples of 30 frames


@pytest.mark.parametrize("count", [5, 20, 60])
def test_a_part_of_its_own_is_not_in_the_points(keypoints, rng, count):
    times = rng.permutation(60)[:count]
    verdict = judge(keypoints[times], rng.normal(size=(count, 3)) * 0.3)
    assert not verdict.known
    follows = judge(keypoints[times], keypoints[times].mean(1) + 0.2 + rng.normal(size=(count, 3)) * 0.2)
    assert not follows.known


def test_guesses_are_measured_on_frames_never_seen(keypoints):
    moved = judge(keypoints, keypoints.mean(1) + [0.3, 0, -0.1])
    assert moved.offset < 1e-9
    rest = judge(keypoints, np.tile([1.0, 2, 3], (60, 1)))
    assert rest.spread < 1e-9 < rest.error and not rest.known


def test_a_point_as_exact_as_its_labels_is_known_though_all_moves_as_one(rng):
    """Where all only moves, the middle and an offset tell as much; the labels' own errors tell that it is good."""
    body, way = rng.normal(size=(12, 3)) * 0.3, rng.normal(size=(40, 1, 3))
    points = combined(body[None], rng) + way[:, 0] + rng.normal(size=(40, 3)) * NOISE
    deviation = np.full(40, NOISE * 3**0.5)
    verdict = judge(body + way, points, deviation)
    assert verdict.own == pytest.approx(NOISE * 3**0.5)
    assert verdict.error > 0.8 * verdict.offset and verdict.known
    assert not judge(body + way, points).known


def test_too_few_labels_are_refused(keypoints):
    with pytest.raises(ValueError, match=r"in 4 frames or more. Received: 3"):
        judge(keypoints[:3], keypoints[:3, 0])
    assert judge(keypoints[: judging.LEAST], keypoints[: judging.LEAST, 0]).by_labels.keys() == {4}
