"""OpenCV's projection written out, to compare readers with that have no peer which could be run."""

import numpy as np

from tests.cameras.files import rig


def pixels(points_camera, matrix, coefficients=(), fisheye=False):
    """Projects camera points `[N, 3]`: k1 k2 p1 p2 k3 of a pinhole lens, k1 k2 k3 k4 of a fisheye lens."""
    x, y = (points_camera[:, :2] / points_camera[:, 2:]).T
    if fisheye:
        k1, k2, k3, k4 = coefficients
        radius = np.hypot(x, y)
        angle = np.arctan(radius)
        bent = angle * (1 + k1 * angle**2 + k2 * angle**4 + k3 * angle**6 + k4 * angle**8)
        x, y = x * bent / radius, y * bent / radius
    elif len(coefficients):
        k1, k2, p1, p2, k3 = [*coefficients, 0.0][:5]
        square = x**2 + y**2
        factor = 1 + k1 * square + k2 * square**2 + k3 * square**3
        x, y = (
            x * factor + 2 * p1 * x * y + p2 * (square + 2 * x**2),
            y * factor + p1 * (square + 2 * y**2) + 2 * p2 * x * y,
        )
    return (matrix @ np.stack([x, y, np.ones_like(x)]))[:2].T


def rig_pixels(lenses=rig.PINHOLE, fisheye=False):
    """Where the three cameras of `files/rig.py` see its points: `[3, N, 2]`."""
    seen = [rig.POINTS @ turned.T + shift for turned, shift in zip(rig.ROTATIONS, rig.TRANSLATIONS, strict=True)]
    cameras = zip(seen, rig.MATRICES, lenses, strict=True)
    return np.stack([pixels(points, matrix, lens, fisheye) for points, matrix, lens in cameras])
