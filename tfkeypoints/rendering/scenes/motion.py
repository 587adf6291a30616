"""How the things of an episode move: the arm comes down behind the box and pushes it, while a ball rolls past."""

import dataclasses
from collections.abc import Callable

import numpy as np

from tfkeypoints.rendering.scenes import arm, bodies
from tfkeypoints.rendering.scenes.paths import eased, rotation_about

LANDMARK_NAMES = ("elbow", "wrist", "tip", "box", "ball")
HOVER, LOW = 0.20, 0.035  # heights of the tip on its way to the box and back, and while it pushes
BOX_REACH, BOX_BEARING = (0.42, 0.64), 0.8  # where the box may lie, seen from the arm's base: metres, radians
FINGERS = 0.03  # from the tip to the outside of the closed fingers
BALL_TRAVEL, BALL_RANGE = (0.30, 0.80), 0.46  # how far the ball rolls; how far from the middle it may come
FINE_STEPS = 100  # of an episode, in which the ball is checked to touch nothing
CLEARANCE = {"box": 0.18, "base": 0.20, "low_tip": 0.14}  # from the ball's centre, seen from above


@dataclasses.dataclass(frozen=True)
class Motion:
    """Where everything is in each of T frames; world frame, metres.

    Attributes:
        tip: `[T, 3]`, of the gripper.
        opening: `[T]`, of the gripper, 0 to 1.
        box, ball: `[T, 3]`, their centres.
        box_rotation, ball_rotation: `[T, 3, 3]`, from the body's axes to the world's.
    """

    tip: np.ndarray
    opening: np.ndarray
    box: np.ndarray
    box_rotation: np.ndarray
    ball: np.ndarray
    ball_rotation: np.ndarray

    def landmarks(self, frame: int) -> np.ndarray:
        """Returns `[L, 3]` float32 in the order of `LANDMARK_NAMES`."""
        elbow, wrist, _ = arm.joints(self.tip[frame])
        return np.stack([elbow, wrist, self.tip[frame], self.box[frame], self.ball[frame]]).astype(np.float32)


def draw_motion(rng: np.random.Generator, num_frames: int) -> Motion:
    """Draws the motion of one episode, in which the ball touches nothing.

    Args:
        rng: `numpy.random.Generator`; the only source of chance.
        num_frames: T, at least 2; more frames show the same motion in finer steps.
    """
    while True:
        push, roll = _draw_push(rng), _draw_roll(rng)
        if _ball_is_clear(_motion(push, roll, FINE_STEPS)):
            return _motion(push, roll, num_frames)


def _motion(
    push: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]],
    roll: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
    num_frames: int,
) -> Motion:
    times = np.linspace(0, 1, num_frames)
    return Motion(*push(times), *roll(times))


def _draw_push(
    rng: np.random.Generator,
) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """Draws a push. Returns a function from times to tip, opening, box and box_rotation."""
    start, end = _draw_box_places(rng)
    direction = (end - start) / np.linalg.norm(end - start)
    offset = (bodies.BOX_SIZE[0] / 2 + FINGERS) * direction
    first, last = (_around_base(rng, (0.40, 0.65), 1.0) for _ in range(2))
    down, release = rng.uniform(0.25, 0.35), rng.uniform(0.65, 0.75)
    knot_times = [0, down - 0.12, down, release, release + 0.12, 1]
    knots = [
        [*first, rng.uniform(0.16, 0.32), rng.uniform(0.3, 1)],
        [*(start - offset), HOVER, 0],
        [*(start - offset), LOW, 0],
        [*(end - offset), LOW, 0],
        [*(end - offset), HOVER, 0],
        [*last, rng.uniform(0.16, 0.32), rng.uniform(0.3, 1)],
    ]
    yaw = rotation_about([0, 0, 1], np.arctan2(direction[1], direction[0]))

    def at(times: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        hand = eased(times, knot_times, knots)
        box = eased(times, [down, release], [start, end])
        height = np.full((len(times), 1), bodies.BOX_SIZE[2] / 2)
        return hand[:, :3], hand[:, 3], np.hstack([box, height]), np.broadcast_to(yaw, (len(times), 3, 3))

    return at


def _draw_box_places(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draws where the push starts and ends, each `[2]`, 0.15 to 0.35 m apart."""
    while True:
        start, end = (_around_base(rng, BOX_REACH, BOX_BEARING) for _ in range(2))
        if 0.15 < np.linalg.norm(end - start) < 0.35:
            return start, end


def _around_base(rng: np.random.Generator, reach: tuple[float, float], bearing: float) -> np.ndarray:
    angle = rng.uniform(-bearing, bearing)
    return arm.BASE[:2] + rng.uniform(*reach) * np.array([np.cos(angle), np.sin(angle)])


def _draw_roll(rng: np.random.Generator) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Draws a ball that rolls straight ahead and slows down to rest. Returns a function from times to ball and turn."""
    while True:
        start, end = rng.uniform(-BALL_RANGE, BALL_RANGE, (2, 2))
        travel = np.linalg.norm(end - start)
        if BALL_TRAVEL[0] < travel < BALL_TRAVEL[1] and max(np.linalg.norm([start, end], axis=1)) < BALL_RANGE:
            break
    direction = (end - start) / travel
    axis = np.array([-direction[1], direction[0], 0.0])  # level and across the way: rolling without slipping
    first_turn = rotation_about([0, 0, 1], rng.uniform(-np.pi, np.pi)) @ rotation_about([1, 0, 0], np.pi / 2)

    def at(times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        progress = (1 - (1 - times) ** 2)[:, None]
        height = np.full((len(times), 1), bodies.BALL_RADIUS)
        turn = rotation_about(axis, progress[:, 0] * travel / bodies.BALL_RADIUS) @ first_turn
        return np.hstack([start + progress * (end - start), height]), turn

    return at


def _ball_is_clear(motion: Motion) -> bool:
    def gaps(other: np.ndarray) -> np.ndarray:
        return np.linalg.norm(motion.ball[:, :2] - other[..., :2], axis=1)

    low = motion.tip[:, 2] < 2.5 * bodies.BALL_RADIUS
    return (
        gaps(motion.box).min() > CLEARANCE["box"]
        and gaps(arm.BASE).min() > CLEARANCE["base"]
        and not (low & (gaps(motion.tip) < CLEARANCE["low_tip"])).any()
    )
