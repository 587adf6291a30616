"""Where a rig of cameras looks: sizes that a model wants to know. NumPy only."""

import dataclasses
import math

import numpy as np
from numpy.typing import ArrayLike

from tfkeypoints.cameras import views


@dataclasses.dataclass(frozen=True)
class Workspace:
    """The part of the world that cameras look at.

    Attributes:
        centre: `[3]`, world units: the point nearest to all optical axes.
        distance: Mean distance of the cameras from it.
        radius: Half of what a camera sees at that distance, from top to bottom.
    """

    centre: np.ndarray
    distance: float
    radius: float

    def model_sizes(self) -> dict[str, float]:
        """What a `Keypoint3D` wants to know of the world: `mean_depth`, and as `world_scale` half the radius."""
        return {"mean_depth": _rounded(self.distance), "world_scale": _rounded(self.radius / 2)}


def _rounded(length: float) -> float:
    """To three decimals, or three digits of what is smaller than a tenth: worlds may be in kilometres."""
    return round(length, max(3, 2 - math.floor(math.log10(length))))


def workspace(intrinsics: ArrayLike, extrinsics: ArrayLike) -> Workspace:
    """Finds the point that cameras look at, and how far and how wide they see it.

    c = argmin Σ_n |(I - z_n z_nᵀ)(c - e_n)|², e_n the camera's place and z_n its optical axis

    Cameras that move are taken example by example, and the results averaged.

    Args:
        intrinsics: `[N, V, 3, 3]`, camera to normalised image coordinates.
        extrinsics: `[N, V, 4, 4]`, world to camera.

    Returns:
        `Workspace`.

    Raises:
        ValueError: If there is one camera, or all look the same way: their axes then meet nowhere.

    Example:
        >>> from_above, ahead = np.diag([1.0, -1, -1, 1]), np.eye(4)[[0, 2, 1, 3]] * np.array([[1], [-1], [1], [1]])
        >>> from_above[2, 3] = ahead[2, 3] = 3
        >>> found = workspace(np.eye(3)[None, None].repeat(2, 1), np.stack([from_above, ahead])[None])
        >>> found.centre.tolist(), found.distance, found.radius
        ([0.0, 0.0, 0.0], 3.0, 3.0)
    """
    intrinsics, extrinsics = np.asarray(intrinsics, np.float64), np.asarray(extrinsics, np.float64)
    eyes, axes = views.centres(extrinsics), views.axes(extrinsics)
    across = np.eye(3) - np.einsum("nvi,nvj->nvij", axes, axes)
    normal = across.sum(1)
    if np.linalg.cond(normal).max() > 1e4:
        raise ValueError(
            "`extrinsics` must be of at least two cameras whose optical axes meet, or give the distance to the scene "
            f"yourself. Received: extrinsics.shape={extrinsics.shape}, with axes that are parallel"
        )
    centres = np.linalg.solve(normal, np.einsum("nvij,nvj->ni", across, eyes)[..., None])[..., 0]
    distance = np.linalg.norm(eyes - centres[:, None], axis=-1).mean()
    return Workspace(centres.mean(0), float(distance), float((distance / intrinsics[..., 1, 1]).mean()))
