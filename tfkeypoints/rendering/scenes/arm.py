"""A robot arm of three links with a gripper: where its joints are for a position of the tip, and its surfaces."""

import numpy as np
from numpy.typing import ArrayLike

from tfkeypoints.rendering.shapes.parts import Surface, box, placed, slab, tube

BASE = np.array([-0.38, 0.0, 0.0])
SHOULDER = BASE + [0, 0, 0.24]
UPPER_ARM, FOREARM, HAND = 0.40, 0.38, 0.20  # lengths; the hand hangs straight down from the wrist
FINGER_LENGTH, FINGER_THICKNESS, WIDEST_GAP = 0.10, 0.024, 0.09

ORANGE, CREAM, GREEN = np.array([0.93, 0.45, 0.08]), np.array([0.90, 0.88, 0.82]), np.array([0.10, 0.62, 0.36])
DARK, STEEL = np.array([0.14, 0.15, 0.18]), np.array([0.42, 0.44, 0.48])


def joints(tip: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Solves the arm for the position of its tip, elbow up.

    With d the distance from shoulder to wrist, the elbow lies above that line by the law of cosines:
    cos(angle at the shoulder) = (upper² + d² - forearm²) / (2 upper d).

    Args:
        tip: `[3]` float, the middle between the ends of the fingers, world frame, metres.

    Returns:
        elbow `[3]`, wrist `[3]` and the unit vector `[3]` that is level and points from the base to the tip.

    Raises:
        ValueError: If the arm cannot reach so far.
    """
    tip = np.asarray(tip, float)
    wrist = tip + [0, 0, HAND]
    reach = wrist - SHOULDER
    forward = np.array([reach[0], reach[1], 0.0]) / np.hypot(reach[0], reach[1])
    distance = np.linalg.norm(reach)
    cosine = (UPPER_ARM**2 + distance**2 - FOREARM**2) / (2 * UPPER_ARM * distance)
    if abs(cosine) > 1:
        raise ValueError(
            f"`tip` must put the wrist {UPPER_ARM - FOREARM:.2f} to {UPPER_ARM + FOREARM:.2f} m from the shoulder. "
            f"Received: tip={tip.tolist()}, which puts it at {distance:.3f} m"
        )
    raised = np.arctan2(reach[2], np.hypot(reach[0], reach[1])) + np.arccos(cosine)
    elbow = SHOULDER + UPPER_ARM * (np.cos(raised) * forward + np.sin(raised) * np.array([0, 0, 1.0]))
    return elbow, wrist, forward


def surfaces(tip: np.ndarray, opening: float) -> list[tuple[Surface, np.ndarray]]:
    """Returns the arm as a list of (surface, color).

    Args:
        tip: `[3]` float, see `joints`.
        opening: Of the gripper, 0 (closed) to 1.
    """
    elbow, wrist, forward = joints(tip)
    side = np.cross([0, 0, 1.0], forward)
    down = np.array([0, 0, -1.0])
    knuckles = tip - FINGER_LENGTH * down
    gap = (opening * WIDEST_GAP + FINGER_THICKNESS) / 2 * side
    turn = np.stack([forward, side, [0, 0, 1.0]], axis=1)
    finger = [0.035, FINGER_THICKNESS, FINGER_LENGTH]
    return [
        (slab(BASE + [0, 0, 0.02], [0.24, 0.24, 0.04], bevel=0.5), DARK),
        (tube([BASE, SHOULDER], [0.075, 0.06]), STEEL),
        (tube([SHOULDER - 0.075 * side, SHOULDER + 0.075 * side], 0.06), DARK),
        (tube([SHOULDER, elbow], [0.05, 0.042]), ORANGE),
        (tube([elbow - 0.06 * side, elbow + 0.06 * side], 0.05), DARK),
        (tube([elbow, wrist], [0.04, 0.032]), CREAM),
        (tube([wrist - 0.045 * side, wrist + 0.045 * side], 0.04), DARK),
        (tube([wrist, knuckles - 0.02 * down], [0.032, 0.036]), STEEL),
        (placed(box([0, 0, 0.015], [0.05, WIDEST_GAP + 2 * FINGER_THICKNESS, 0.03]), turn, knuckles), DARK),
        *((placed(box([0, 0, -FINGER_LENGTH / 2], finger), turn, knuckles + shift), GREEN) for shift in (gap, -gap)),
    ]
