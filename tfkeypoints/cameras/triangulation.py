"""World points of what several cameras see. NumPy float64."""

import dataclasses

import numpy as np
from numpy.typing import ArrayLike

from tfkeypoints.cameras import views
from tfkeypoints.cameras.calibration import Calibration

STEPS = 30
CONDITION = 1e-14
"""Rays whose normal matrix has eigenvalues farther apart than this meet nowhere in particular."""
DIFFERENCE = 1e-6
"""What a point is moved by to find how its pixels move, in spans of the rig."""


@dataclasses.dataclass(frozen=True)
class Triangulation:
    """World points of N points that V cameras saw.

    Attributes:
        points: `[N, 3]` float64, world frame and unit of the calibration; NaN where fewer than two cameras tell.
        error: `[N]`, root mean square distance of the cameras' pixels from the projected point, in pixels.
        deviation: `[N]`, expected distance of the point from the true one, in world units, if the cameras' pixels err
            as much, and as independently, as all N points' do: σ √trace((JᵀJ)⁻¹). NaN where nothing tells.
        ncams: int `[N]`, the cameras that told.
    """

    points: np.ndarray
    error: np.ndarray
    deviation: np.ndarray
    ncams: np.ndarray


def triangulate(pixels: ArrayLike, calibration: Calibration) -> Triangulation:
    """Finds the world points with the least squared distances in the images as recorded.

    x = argmin Σ_v |project_v(x) - pixel_v|²,   σ² = Σ |…|² / Σ_n (2 ncams_n - 3)

    It starts at the linear solution of u p₃ᵀx = p₁ᵀx, v p₃ᵀx = p₂ᵀx in the ideal images, and goes on by
    Levenberg-Marquardt steps.

    Args:
        pixels: `[V, N, 2]`, pixels of the images as recorded, the centre of the first at (0, 0); NaN where a camera
            does not see a point. Where its lens has no image, a camera does not count.
        calibration: V cameras, with their lenses.

    Raises:
        ValueError: If `pixels` has another shape.
    """
    pixels = np.asarray(pixels, np.float64)
    if pixels.ndim != 3 or len(pixels) != len(calibration.names) or pixels.shape[2] != 2:
        raise ValueError(
            f"`pixels` must have shape [{len(calibration.names)}, N, 2]. Received: pixels.shape={pixels.shape}"
        )
    local, offset = calibration.recentred()
    span = max(views.span(local.extrinsics), np.finfo(np.float64).tiny)
    points = _linear(pixels, local, span)
    rays = [views.pixel_rays(*each) for each in zip(pixels, local.matrices, local.lenses, strict=True)]
    used = np.isfinite(rays).all(-1) & np.isfinite(local.project(points)).all(-1)
    points = np.where((used.sum(0) >= 2)[:, None], points, np.nan)
    points, jacobian, residuals = _refined(points, pixels, used, local, span)
    normal = np.einsum("nri,nrj->nij", jacobian, jacobian)
    values = np.linalg.eigvalsh(normal)
    sharp = values[:, 0] > CONDITION * values[:, 2]
    ncams = np.where(sharp, used.sum(0), 0)
    squared = (residuals**2).sum(-1)
    freedom = np.where(sharp, 2 * ncams - 3, 0)
    variance = squared[sharp].sum() / freedom.sum() if freedom.sum() > 0 else np.nan
    inverse = np.linalg.inv(np.where(sharp[:, None, None], normal, np.eye(3)))
    deviation = np.sqrt(variance * np.trace(inverse, axis1=1, axis2=2))
    return Triangulation(
        points=np.where(sharp[:, None], points, np.nan) + offset,
        error=np.where(sharp, np.sqrt(squared / np.maximum(ncams, 1)), np.nan),
        deviation=np.where(sharp, deviation, np.nan),
        ncams=ncams,
    )


def _linear(pixels: np.ndarray, calibration: Calibration, span: float) -> np.ndarray:
    """The linear solution `[N, 3]`; lengths are in spans meanwhile, so that all equations are of one size."""
    uv = calibration.to_ideal(pixels)
    poses = calibration.extrinsics[:, :3] / np.array([1, 1, 1, span])
    matrices = calibration.intrinsics @ poses
    rows = uv[..., None] * matrices[:, None, 2:] - matrices[:, None, :2]
    rows = np.where(np.isfinite(rows).all((-1, -2), keepdims=True), rows, 0.0)
    rows = np.swapaxes(rows, 0, 1).reshape(pixels.shape[1], 2 * len(pixels), 4)
    last = np.linalg.svd(rows)[2][:, -1]
    with np.errstate(all="ignore"):
        return np.where(np.isfinite(last).all(-1, keepdims=True), last[:, :3] / last[:, 3:], np.nan) * span


def _refined(
    points: np.ndarray, pixels: np.ndarray, used: np.ndarray, calibration: Calibration, span: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Levenberg-Marquardt: the points, their Jacobians `[N, 2V, 3]` and residuals `[N, 2V]`."""

    def residuals(at: np.ndarray) -> np.ndarray:
        values = np.where(used[..., None], calibration.project(at) - pixels, 0.0)
        return np.swapaxes(values, 0, 1).reshape(len(at), 2 * len(pixels))

    def jacobian(at: np.ndarray) -> np.ndarray:
        moves = DIFFERENCE * span * np.eye(3)
        return np.stack([residuals(at + move) - residuals(at - move) for move in moves], -1) / (2 * DIFFERENCE * span)

    damping = np.full(len(points), 1e-3)
    current, slopes = residuals(points), jacobian(points)
    for _ in range(STEPS):
        finite = np.isfinite(slopes).all((1, 2)) & np.isfinite(current).all(1)
        normal = np.einsum("nri,nrj->nij", slopes, slopes)
        diagonal = np.einsum("nii->ni", normal)
        damped = normal + (damping[:, None] * diagonal + np.finfo(np.float64).tiny)[:, None] * np.eye(3)
        solvable = finite & (np.linalg.matrix_rank(np.where(finite[:, None, None], damped, np.eye(3))) == 3)
        gradient = np.where(solvable[:, None], np.einsum("nri,nr->ni", slopes, current), 0.0)
        step = -np.linalg.solve(np.where(solvable[:, None, None], damped, np.eye(3)), gradient[..., None])[..., 0]
        trial = residuals(points + step)
        better = (trial**2).sum(1) < (current**2).sum(1)
        points = np.where(better[:, None], points + step, points)
        damping = np.clip(np.where(better, damping / 10, damping * 10), 1e-12, 1e12)
        if (np.abs(step) < 1e-12 * span).all():
            break
        current, slopes = residuals(points), jacobian(points)
    return points, np.nan_to_num(jacobian(points)), np.nan_to_num(residuals(points))
