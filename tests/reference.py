"""Independent NumPy versions of what the library computes, written as loops over formulas, in float64."""

import itertools

import numpy as np


def random_rotation(rng):
    """A rotation drawn by QR, with determinant 1."""
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    q *= np.sign(np.diag(r))
    return q if np.linalg.det(q) > 0 else q[:, ::-1]


def axis_rotation(axis, angle):
    """Rodrigues' formula."""
    x, y, z = np.asarray(axis, float) / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def random_cameras(rng, shape, distance=5.0):
    """Cameras that see the origin at about `distance`, with skewed, non-square, off-centre intrinsics."""
    intrinsics, extrinsics = np.zeros((*shape, 3, 3)), np.zeros((*shape, 4, 4))
    for index in np.ndindex(*shape):
        intrinsics[index] = [
            [rng.uniform(1, 3), rng.uniform(-0.1, 0.1), rng.uniform(-0.2, 0.2)],
            [0, rng.uniform(1, 3), rng.uniform(-0.2, 0.2)],
            [0, 0, 1],
        ]
        extrinsics[index] = np.eye(4)
        extrinsics[index][:3, :3] = random_rotation(rng)
        extrinsics[index][:3, 3] = rng.uniform(-0.3, 0.3, 3) + np.array([0, 0, distance])
    return intrinsics, extrinsics


def project(point, intrinsics, extrinsics):
    """One world point to (u, v), depth."""
    p = extrinsics[:3, :3] @ point + extrinsics[:3, 3]
    q = intrinsics @ p
    return q[:2] / q[2], p[2]


def unproject(uv, depth, intrinsics, extrinsics):
    """One image point with depth to a world point, by general matrix inverses."""
    p = depth * np.linalg.inv(intrinsics) @ [uv[0], uv[1], 1]
    return (np.linalg.inv(extrinsics) @ [*p, 1])[:3]


def kabsch(source, target, weights=None):
    """The rotation that takes the centred source onto the centred target best."""
    weights = np.ones(len(source)) if weights is None else np.asarray(weights, float)
    source_mean, target_mean = (np.average(points, axis=0, weights=weights) for points in (source, target))
    covariance = np.zeros((3, 3))
    for w, x, y in zip(weights, source - source_mean, target - target_mean, strict=True):
        covariance += w * np.outer(y, x)
    u, _, vt = np.linalg.svd(covariance)
    return u @ np.diag([1, 1, np.linalg.det(u @ vt)]) @ vt


def rotation_angle(a, b):
    """The angle between two rotations, by the arc cosine."""
    return np.arccos(np.clip((np.trace(a.T @ b) - 1) / 2, -1, 1))


def cell_centres(size):
    """Normalised coordinates of the centres of a row of cells."""
    return np.array([-1 + (cell + 0.5) * 2 / size for cell in range(size)])


def expectation(heatmap, depth_map):
    """(u, v), depth and std of one heatmap `[H, W]`, cell by cell."""
    height, width = heatmap.shape
    u, v = cell_centres(width), cell_centres(height)
    cells = list(itertools.product(range(height), range(width)))
    mean = sum(heatmap[i, j] * np.array([u[j], v[i]]) for i, j in cells)
    depth = sum(heatmap[i, j] * depth_map[i, j] for i, j in cells)
    squared = sum(heatmap[i, j] * ((u[j] - mean[0]) ** 2 + (v[i] - mean[1]) ** 2) for i, j in cells)
    return mean, depth, np.sqrt(squared)


def gaussian_map(uv, depth, height, width, scale):
    """One point's Gaussian `[height, width]`, cell by cell."""
    deviation = scale / depth
    drawn = np.zeros((height, width))
    for i, j in np.ndindex(height, width):
        cell = np.array([cell_centres(width)[j], cell_centres(height)[i]])
        drawn[i, j] = np.exp(-(np.linalg.norm(cell - uv) ** 2) / (2 * deviation**2))
    return drawn


def numeric_gradient(function, array, step=1e-6):
    """Central differences of a scalar function of one float64 array."""
    gradient = np.zeros_like(array)
    for index in np.ndindex(array.shape):
        plus, minus = array.copy(), array.copy()
        plus[index] += step
        minus[index] -= step
        gradient[index] = (float(function(plus)) - float(function(minus))) / (2 * step)
    return gradient
