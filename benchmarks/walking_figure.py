"""A figure that walks about in a room, with landmarks whose places are known. NumPy and trimesh."""

import numpy as np

from tfkeypoints.geometry.poses import cameras_at
from tfkeypoints.rendering.render import Renderer
from tfkeypoints.rendering.scenes import bodies
from tfkeypoints.rendering.shapes.parts import Assembly, ellipsoid, placed

LANDMARK_NAMES = ("head", "pelvis", "left hand", "right hand", "left foot", "right foot")
HALF_LENGTH, HALF_WIDTH = 2.6, 1.4
"""Of the figure of eight that it walks, in metres."""
STRIDE = 1.4
"""Metres of two steps."""
THIGH, SHIN, UPPER_ARM, FOREARM = 0.42, 0.44, 0.30, 0.32
CORNERS = np.array([[4.2, 3.0], [-4.2, 3.0], [-4.2, -3.0], [4.2, -3.0]])
SHIRT, TROUSERS, SKIN, HAIR, SHOES = np.array(
    [[0.80, 0.16, 0.14], [0.15, 0.22, 0.48], [0.88, 0.68, 0.55], [0.16, 0.11, 0.08], [0.95, 0.95, 0.92]]
)


def room_cameras():
    """Four cameras in the upper corners of the room: intrinsics `[4, 3, 3]`, extrinsics `[4, 4, 4]`."""
    eyes = np.column_stack([CORNERS, [2.4, 2.6, 2.5, 2.3]])
    return cameras_at(eyes, np.array([0, 0, 0.8]), np.deg2rad(72.0))


def room_images(intrinsics, extrinsics, size):
    """The empty room, `[V, S, S, 3]` float, 0 to 255."""
    floor = bodies.table_mesh()
    floor.apply_scale([6.0, 4.5, 1.0])
    renderer = Renderer(floor)
    images = [renderer.render(*each, size, size, samples=3) for each in zip(intrinsics, extrinsics, strict=True)]
    alpha = np.stack(images)[..., 3:] / 255
    return alpha * np.stack(images)[..., :3] + (1 - alpha) * 255 * bodies.BACKDROP


class Walk:
    """The figure's pose at each of T times; it walks twice around, 1.7 m tall, its arms swinging and reaching out.

    Attributes:
        landmarks: `[T, L, 3]` world points, metres, in the order of `LANDMARK_NAMES`.
    """

    def __init__(self, frames):
        turn = np.linspace(0, 4 * np.pi, frames)
        self._path = np.stack([HALF_LENGTH * np.sin(turn), HALF_WIDTH * np.sin(2 * turn)], -1)
        way = np.stack([HALF_LENGTH * np.cos(turn), 2 * HALF_WIDTH * np.cos(2 * turn)], -1)
        self._forward = np.pad(way / np.linalg.norm(way, axis=-1, keepdims=True), ((0, 0), (0, 1)))
        steps = np.linalg.norm(np.diff(self._path, axis=0), axis=-1)
        self._phase = 2 * np.pi / STRIDE * np.concatenate([[0], np.cumsum(steps)])
        self._reach = np.stack([np.clip(1.6 * np.sin(turn * rate), 0, 1.5) for rate in (1.7, 2.3)], -1)
        self._joints = [self._pose(time) for time in range(frames)]
        ends = ("head", "pelvis", "hand 0", "hand 1", "foot 0", "foot 1")
        self.landmarks = np.array([[joints[name] for name in ends] for joints in self._joints], np.float32)

    def mesh(self, time):
        """The figure as a `trimesh.Trimesh`."""
        at, assembly = self._joints[time], Assembly()
        turn = np.stack([self._forward[time], self._left(time), [0, 0, 1]], 1)
        assembly.add(placed(ellipsoid(np.zeros(3), [0.11, 0.18, 0.31]), turn, at["chest"]), SHIRT)
        assembly.add(placed(ellipsoid(np.zeros(3), [0.11, 0.16, 0.12]), turn, at["pelvis"]), TROUSERS)
        assembly.add(placed(ellipsoid(np.zeros(3), [0.10, 0.08, 0.12]), turn, at["head"]), SKIN)
        assembly.add(placed(ellipsoid([-0.03, 0, 0.04], [0.09, 0.085, 0.10]), turn, at["head"]), HAIR)
        for side in (0, 1):
            limb = ("hip", "knee", "foot", "shoulder", "elbow", "hand")
            hip, knee, foot, shoulder, elbow, hand = (at[f"{name} {side}"] for name in limb)
            for start, end, radius, color in [
                (hip, knee, 0.08, TROUSERS),
                (knee, foot, 0.06, TROUSERS),
                (shoulder, elbow, 0.055, SHIRT),
                (elbow, hand, 0.042, SKIN),
            ]:
                assembly.add(_between(start, end, radius), color)
            assembly.add(placed(ellipsoid([0.06, 0, 0], [0.13, 0.05, 0.05]), turn, foot), SHOES)
            assembly.add(placed(ellipsoid(np.zeros(3), [0.06, 0.04, 0.06]), turn, hand), SKIN)
        return assembly.mesh()

    def _left(self, time):
        x, y, _ = self._forward[time]
        return np.array([-y, x, 0])

    def _pose(self, time):
        forward, left, phase = self._forward[time], self._left(time), self._phase[time]
        pelvis = np.array([*self._path[time], 0.88 + 0.02 * np.cos(2 * phase)])
        at = {"pelvis": pelvis, "chest": pelvis + [0, 0, 0.32], "head": pelvis + [0, 0, 0.74]}
        for side, sign in enumerate((1, -1)):
            swing = 0.5 * np.sin(phase + np.pi * side)
            bend = 0.5 * (1 + np.cos(phase + np.pi * side)) * 0.7
            arm = -0.6 * swing + self._reach[time, side]
            at[f"hip {side}"] = pelvis + 0.10 * sign * left
            at[f"knee {side}"] = at[f"hip {side}"] + THIGH * _hanging(swing, forward)
            at[f"foot {side}"] = at[f"knee {side}"] + SHIN * _hanging(swing - bend, forward)
            at[f"shoulder {side}"] = pelvis + 0.22 * sign * left + [0, 0, 0.54]
            at[f"elbow {side}"] = at[f"shoulder {side}"] + UPPER_ARM * _hanging(arm, forward)
            at[f"hand {side}"] = at[f"elbow {side}"] + FOREARM * _hanging(arm + 0.4, forward)
        return at


def _hanging(angle, forward):
    """A unit vector that hangs down, and is turned forward by an angle."""
    return np.sin(angle) * forward - np.cos(angle) * np.array([0, 0, 1.0])


def _between(start, end, radius):
    """A round limb from one point to another."""
    along = end - start
    length = np.linalg.norm(along)
    along = along / length
    aside = np.cross(along, [0.31, 0.87, 0.38])
    aside /= np.linalg.norm(aside)
    turn = np.stack([aside, np.cross(along, aside), along], 1)
    return placed(ellipsoid(np.zeros(3), [radius, radius, length / 2 + radius]), turn, (start + end) / 2)
