"""Cameras of a MuJoCo scene: placed before the model is compiled, calibrated from its state."""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from tfkeypoints.geometry.poses import look_at, on_circle, perspective

if TYPE_CHECKING:
    import mujoco


OPENGL_AXES = np.diag([1.0, -1.0, -1.0])  # MuJoCo's cameras look along -z with y up


@dataclasses.dataclass(frozen=True)
class Camera:
    """Where a camera stands.

    Attributes:
        name: Its name in the MuJoCo model.
        eye, target: World points: the camera's centre and what it looks at, world +z up in the image.
        field_of_view: Vertical, radians.
    """

    name: str
    eye: tuple[float, float, float]
    target: tuple[float, float, float]
    field_of_view: float

    @property
    def width(self) -> float:
        """World units that a square image shows from side to side, at the target."""
        return float(2 * np.linalg.norm(np.subtract(self.eye, self.target)) * np.tan(self.field_of_view / 2))


def ring(
    azimuths: ArrayLike, elevation: float, distance: float, target: tuple[float, float, float], field_of_view: float
) -> tuple[Camera, ...]:
    """Returns cameras at equal distance from a point.

    Args:
        azimuths: Direction from the target to each camera about +z, from +x, radians.
        elevation: Above the horizontal plane, radians.
        distance: From the target.
        target: World point that all look at.
        field_of_view: Vertical, radians.

    Returns:
        Tuple of `Camera`, named view0, view1, …
    """
    eyes = target + on_circle(azimuths, distance * np.cos(elevation), distance * np.sin(elevation))
    return tuple(
        Camera(f"view{number}", (x, y, z), target, field_of_view) for number, (x, y, z) in enumerate(eyes.tolist())
    )


def add_camera(body: "mujoco.MjsBody", camera: Camera) -> "mujoco.MjsCamera":
    """Adds a camera to a body of a `mujoco.MjSpec`, such as `spec.worldbody`; its pose is relative to that body.

    Returns:
        The `mujoco.MjsCamera`.
    """
    import mujoco

    rotation = look_at(camera.eye, camera.target)[:3, :3]
    quaternion = np.zeros(4)
    mujoco.mju_mat2Quat(quaternion, (rotation.T @ OPENGL_AXES).ravel())
    added = body.add_camera()
    added.name, added.pos, added.quat = camera.name, camera.eye, quaternion
    added.fovy = np.rad2deg(camera.field_of_view)
    return added


def calibration(
    model: "mujoco.MjModel", data: "mujoco.MjData", names: Sequence[str], aspect: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Reads the cameras of the present state.

    Args:
        model, data: Of MuJoCo, after `mj_forward`.
        names: Names of the V cameras.
        aspect: Width / height of the images.

    Returns:
        intrinsics `[V, 3, 3]` and extrinsics `[V, 4, 4]`, float32; world to camera, x right, y down, z forward.
    """
    intrinsics = np.stack([perspective(np.deg2rad(model.cam(name).fovy[0]), aspect) for name in names])
    extrinsics = np.tile(np.eye(4), (len(names), 1, 1))
    for pose, name in zip(extrinsics, names, strict=True):
        camera = data.cam(name)
        pose[:3, :3] = OPENGL_AXES @ camera.xmat.reshape(3, 3).T
        pose[:3, 3] = -pose[:3, :3] @ camera.xpos
    return intrinsics.astype(np.float32), extrinsics.astype(np.float32)
