"""The terms of the objectives, one pure function each: batch first, one value an example, `[B]`.

Weights and noise belong to the models that sum these terms.
"""

import tensorflow as tf

from tfkeypoints.geometry import camera, rotation
from tfkeypoints.geometry._tensors import TensorLike

COVERAGE_GUARD = 1e-30
"""Added inside the logarithm of `coverage`: so little that a part which no heatmap has found still pulls."""

VOLUME_GUARD = 1e-4
"""Added to the variance of points along each axis in `volume`: flat to within a hundredth of a world unit is flat."""

LOG_GUARD = 1e-6
"""Added inside the logarithm of `silhouette`, so that a heatmap wholly off the object costs 13.8 and no infinity."""


def reconstruction(images: tf.Tensor, reconstructions: tf.Tensor, weights: tf.Tensor | None = None) -> tf.Tensor:
    """Asks the images to be rebuilt: the mean squared error over views, pixels and channels.

    L = mean_{n, p, c} w_n(p) (I_n(p, c) - Î_n(p, c))²

    Args:
        images: `[B, V, H, W, C]` float in [0, 1].
        reconstructions: Same shape.
        weights: Optional weights of pixels, `[B, V, H, W, 1]` or what broadcasts to the images.

    Returns:
        `[B]`.

    Reference: Chen et al. 2021, section 3.
    """
    squared = (images - reconstructions) ** 2
    if weights is not None:
        squared *= weights
    return tf.reduce_mean(squared, range(1, len(squared.shape)))


def multiview_consistency(points_world: TensorLike) -> tf.Tensor:
    """Asks each view's points to lie where every other view sees them.

    L = 1/(V (V - 1)) Σ_{n ≠ m} 1/K Σ_k |x_n^k - stop_gradient(x_m^k)|²

    Args:
        points_world: `[B, V, K, 3]` float, world units.

    Returns:
        `[B]`, squared world units; 0 for a single view.

    Reference: Chen et al. 2021, section 3.
    Note: the original's code also averages over the pairs n = m and over the three coordinates, and its value is
        (V - 1) / (3 V) of this one.
    """
    points_world = tf.convert_to_tensor(points_world)
    targets = tf.stop_gradient(points_world)
    squared = tf.reduce_sum((tf.expand_dims(points_world, 2) - tf.expand_dims(targets, 1)) ** 2, -1)
    views = tf.shape(squared)[1]
    pairs = tf.cast(tf.maximum(views * (views - 1), 1), squared.dtype)
    return tf.reduce_sum(tf.reduce_mean(squared, -1), [1, 2]) / pairs


def separation_inverse(points: tf.Tensor, sharpness: float = 1000.0) -> tf.Tensor:
    """Pushes points apart, the harder the closer they are.

    L = 1/K² Σ_{i, j} 1 / (sharpness |x_i - x_j|² + 1)

    Args:
        points: `[B, K, 3]` float, world units.
        sharpness: One over the squared distance at which a pair costs half of what it costs when it coincides.

    Returns:
        `[B]`, between 1/K (far apart: each point with itself) and 1 (all in one place).

    Reference: Chen et al. 2021, section 3.
    """
    return tf.reduce_mean(1 / (sharpness * _squared_distances(points) + 1), [1, 2])


def reprojection_consistency(
    uv: tf.Tensor, depth: tf.Tensor, intrinsics: tf.Tensor, extrinsics: tf.Tensor
) -> tf.Tensor:
    """Asks each view's points to project onto those of every other view.

    L = 1/(V - 1) Σ_{n ≠ m} 1/K Σ_k |π_m(x_n^k) - uv_m^k|²

    Args:
        uv: `[B, V, K, 2]` float, normalised image coordinates.
        depth: `[B, V, K, 1]` float, world units.
        intrinsics: `[B, V, 3, 3]`.
        extrinsics: `[B, V, 4, 4]`.

    Returns:
        `[B]`, squared normalised image units; 0 for a single view.

    Reference: Suwajanakorn et al. 2018, equation 1.
    Note: the paper has two views; this is the same sum over all ordered pairs.
    """
    points_world = camera.unproject(uv, depth, intrinsics, extrinsics)
    reprojected, _ = camera.project(
        tf.expand_dims(points_world, 2), tf.expand_dims(intrinsics, 1), tf.expand_dims(extrinsics, 1)
    )
    distances = tf.reduce_mean(tf.reduce_sum((reprojected - tf.expand_dims(uv, 1)) ** 2, -1), -1)
    views = tf.cast(tf.shape(distances)[1], distances.dtype)
    return tf.reduce_sum(_of_others(distances), [1, 2]) / tf.maximum(views - 1, 1)


def relative_pose(points_camera: tf.Tensor, extrinsics: tf.Tensor) -> tf.Tensor:
    """Asks the rotation that two views' points imply to be the true one between the cameras.

    L = mean_{n ≠ m} angle(R̂_nm, R_m R_nᵀ),   R̂_nm = Procrustes(x_n, x_m)

    Args:
        points_camera: `[B, V, K, 3]` float; the caller adds the noise.
        extrinsics: `[B, V, 4, 4]`.

    Returns:
        `[B]`, radians; 0 for a single view.

    Reference: Suwajanakorn et al. 2018, equations 2 and 3.
    """
    rotations = extrinsics[..., :3, :3]
    truth = tf.matmul(tf.expand_dims(rotations, 1), tf.expand_dims(rotations, 2), transpose_b=True)
    views = tf.shape(points_camera)[1]
    repeats = [1, 1, views, 1, 1]
    source = tf.tile(tf.expand_dims(points_camera, 2), repeats)
    target = tf.transpose(source, [0, 2, 1, 3, 4])
    angles = rotation.angular_distance(rotation.procrustes(source, target), truth)
    pairs = tf.cast(tf.maximum(views * (views - 1), 1), angles.dtype)
    return tf.reduce_sum(_of_others(angles), [1, 2]) / pairs


def separation_hinge(points: tf.Tensor, delta: float = 0.05) -> tf.Tensor:
    """Pushes points apart that are closer than √δ.

    L = 1/(2K) Σ_{i ≠ j} max(0, δ - |x_i - x_j|²)

    Args:
        points: `[B, K, 3]` float, world units.
        delta: Squared distance below which a pair is pushed apart.

    Returns:
        `[B]`.

    Reference: Suwajanakorn et al. 2018, equation 4.
    """
    squared = _squared_distances(points)
    count = tf.shape(points)[1]
    return tf.reduce_sum(_of_others(tf.maximum(delta - squared, 0)), [1, 2]) / tf.cast(2 * count, squared.dtype)


def volume(points: tf.Tensor) -> tf.Tensor:
    """Asks points not to lie in one plane, from which a rotation is hard to tell when it is seen from the side.

    L = -½ log det(cov(x_1 … x_K))

    the negative logarithm of the product of the standard deviations along the points' principal axes: the thinner
    their cloud is along one, the more there is to gain.

    Args:
        points: `[B, K, 3]` float, world units.

    Returns:
        `[B]`; below 0 for points that are more than a world unit apart.

    Note: not in the paper. Objects are symmetric, and points that begin in the plane of symmetry else stay there.
    """
    apart = points - tf.reduce_mean(points, 1, keepdims=True)
    covariance = tf.matmul(apart, apart, transpose_a=True) / tf.cast(tf.shape(points)[1], points.dtype)
    return -0.5 * tf.linalg.logdet(covariance + VOLUME_GUARD * tf.eye(3, dtype=points.dtype))


def silhouette(heatmaps: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    """Asks each heatmap to lie on the object.

    L = mean_{n, k} -log(Σ_p H(p) mask(p) + ε)

    Args:
        heatmaps: `[B, V, H, W, K]` float, summing to 1 over H and W.
        mask: `[B, V, H, W]` float in [0, 1], 1 on the object.

    Returns:
        `[B]`.

    Reference: Suwajanakorn et al. 2018, section 4.1.
    """
    covered = tf.einsum("bvhwk,bvhw->bvk", heatmaps, mask)
    return tf.reduce_mean(-tf.math.log(covered + LOG_GUARD), [1, 2])


def coverage(heatmaps: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    """Asks that some heatmap is near wherever the object is: each part of it is somebody's.

    L = Σ_p mask(p) · -log(mean_k H_k(p)) / Σ_p mask(p)

    with each H_k first averaged over 3 × 3 cells, so that a narrow heatmap counts for the cells around it too. Of the
    heatmaps' sum as a mixture, this is the cross-entropy to the object's pixels. A part that no heatmap has found pulls
    the nearest one, however little mass that one has there.

    Args:
        heatmaps: `[B, V, H, W, K]` float, summing to 1 over H and W.
        mask: `[B, V, H, W]` float in [0, 1], 1 on the object.

    Returns:
        `[B]`; 0 without any object.
    """
    shape = tf.shape(heatmaps)
    mixture = tf.reshape(tf.reduce_mean(heatmaps, -1), [-1, shape[2], shape[3], 1])
    near = tf.reshape(tf.nn.avg_pool2d(mixture, 3, 1, "SAME"), shape[:4])
    missed = tf.reduce_sum(-mask * tf.math.log(near + COVERAGE_GUARD), [1, 2, 3])
    return tf.math.divide_no_nan(missed, tf.reduce_sum(mask, [1, 2, 3]))


def variance(std: tf.Tensor) -> tf.Tensor:
    """Asks heatmaps to be narrow: the mean of std².

    Args:
        std: `[B, V, K, 1]` float, normalised image units.

    Returns:
        `[B]`.

    Reference: Suwajanakorn et al. 2018, section 4.1.
    """
    return tf.reduce_mean(std**2, [1, 2, 3])


def orientation(uv_axis: tf.Tensor, intrinsics: tf.Tensor, extrinsics: tf.Tensor) -> tf.Tensor:
    """Asks the predicted image points of the object's front and back to be the true ones.

    L = mean over views and both points of |uv - π(±1, 0, 0)|²

    Args:
        uv_axis: `[B, V, 2, 2]` float: where the points (1, 0, 0) and (-1, 0, 0) of the world project.
        intrinsics: `[B, V, 3, 3]`.
        extrinsics: `[B, V, 4, 4]`.

    Returns:
        `[B]`.

    Reference: Suwajanakorn et al. 2018, section 4.2.
    """
    truth = camera.facing(intrinsics, extrinsics)
    return tf.reduce_mean(tf.reduce_sum((uv_axis - truth) ** 2, -1), [1, 2])


def _of_others(table: tf.Tensor) -> tf.Tensor:
    """A table `[B, N, N]` with 0 where something is compared with itself."""
    return table * (1 - tf.eye(tf.shape(table)[1], dtype=table.dtype))


def _squared_distances(points: tf.Tensor) -> tf.Tensor:
    """Between all points, `[B, K, 3]` to `[B, K, K]`."""
    return tf.reduce_sum((tf.expand_dims(points, 2) - tf.expand_dims(points, 1)) ** 2, -1)
