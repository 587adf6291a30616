"""The task of folding a scarf: points that tell how it lies, when it is folded, a policy that does it. NumPy only."""

import numpy as np
from numpy.typing import ArrayLike

STEPS_PER_SECOND = 50
COLUMNS, ROWS = 12, 5
"""Vertices of the scarf: columns from the far end to the loose one, rows from right to left."""

PROPRIOCEPTION = (3,)
"""Of the observation: the fingers' opening."""

FOLDED = 0.06
"""Largest distance between matching corners of a folded scarf, metres."""

STRETCHED = 0.18
"""Least distance of the middle of a folded scarf from its far corners, metres: a heap is no fold."""


def vertex(column: int, row: int) -> str:
    """Returns the name of the body of a vertex; negative numbers count from the end."""
    return f"scarf_{column % COLUMNS * ROWS + row % ROWS}"


POINTS = {  # what the state tells of the scarf, in this order
    "loose_end": vertex(-1, ROWS // 2),
    "loose_right_corner": vertex(-1, 0),
    "loose_left_corner": vertex(-1, -1),
    "far_right_corner": vertex(0, 0),
    "far_left_corner": vertex(0, -1),
    "middle_right": vertex(COLUMNS // 2, 0),
    "middle_left": vertex(COLUMNS // 2, -1),
}
GAIN = 30.0  # action per metre that the hand is off
HOVER = 0.08  # height above the scarf at which the hand comes near
CARRY_HEIGHT = 0.22


def is_folded(points: np.ndarray) -> bool:
    """Tells whether a scarf lies folded in half, from its `POINTS` `[7, 3]` in metres.

    Both loose corners are within `FOLDED` of the matching far ones, and the middle is `STRETCHED` away from these.
    """
    _, loose, far, middle = np.split(points, [1, 3, 5])
    return bool(
        np.linalg.norm(loose - far, axis=1).max() < FOLDED and np.linalg.norm(middle - far, axis=1).min() > STRETCHED
    )


def fold(observation: np.ndarray) -> np.ndarray:
    """A policy that takes the loose end, carries it over to the far end, lets go and rises; if it slips, once more.

    Args:
        observation: `[26]` of `FoldScarf`.

    Returns:
        Action `[4]` in [-1, 1].
    """
    hand, opening, holds, points = observation[:3], observation[3], observation[4] > 0, observation[5:].reshape(-1, 3)
    loose_end = points[0]
    if holds:
        rest = points[3:5].mean(axis=0) - loose_end
        distance = np.linalg.norm(rest[:2])
        height = min(CARRY_HEIGHT, 0.02 + 0.9 * distance)
        laid = distance < 0.015 and hand[2] < 0.04
        return _action([*rest[:2], height - hand[2]], closes=not laid)
    if is_folded(points):
        return _action([0, 0, 0.02], closes=False)
    beside = np.linalg.norm((loose_end - hand)[:2])
    above = np.clip(3 * (beside - 0.01), 0, HOVER)
    reached = np.linalg.norm(loose_end - hand) < 0.02
    return _action(loose_end - hand + [0, 0, above], closes=bool(reached and opening >= 0.5))


def _action(way: ArrayLike, closes: bool) -> np.ndarray:
    return np.clip([*(GAIN * np.asarray(way)), 1 if closes else -1], -1, 1)
