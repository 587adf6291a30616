"""Which keypoints travel with which landmarks: tracking error, motion ratio, and what each keypoint does."""

import numpy as np
from numpy.typing import ArrayLike

from tfkeypoints.arguments import check_positive
from tfkeypoints.metrics._arrays import as_array
from tfkeypoints.metrics.temporal import from_episode_mean, motion

STILL = 0.01
"""A landmark that moves less than this share of what the liveliest one does has no motion ratio."""

MIN_MOTION_RATIO = 0.5
"""A keypoint that moves less for each unit that the landmark moves does not follow it."""

STATIC = 1 / 3
"""A keypoint that moves less than this share of the tolerance stands still."""

IDLE = 0.1
"""A keypoint whose attention is below this share of its equal part, in every view, is idle."""

ROLES = ("following", "static", "idle", "wandering")


class Tracking:
    """Lets one keypoint stand for each landmark, corrected by a constant offset and nothing else.

    o_kl = mean over frames of (y_l - x_k),   e_kl = mean over frames of |x_k + o_kl - y_l|,   k(l) = argmin_k e_kl

    Args:
        keypoints: `[N, K, 3]` float, world units, on training frames.
        landmarks: `[N, L, 3]` float, world units, on the same frames.

    Attributes:
        offsets: `[K, L, 3]` float64, what is added to a keypoint to stand for a landmark.
        chosen: `[L]` integers, the keypoint of each landmark.

    Raises:
        ValueError: If a shape does not fit or a value is not finite.

    Example:
        >>> landmarks = np.random.default_rng(0).normal(size=(50, 1, 3))
        >>> keypoints = np.concatenate([np.zeros_like(landmarks), landmarks + 5], axis=1)
        >>> Tracking(keypoints, landmarks).chosen.tolist()
        [1]
    """

    def __init__(self, keypoints: ArrayLike, landmarks: ArrayLike) -> None:
        keypoints, landmarks = _pair(keypoints, landmarks)
        self.offsets = landmarks.mean(0) - keypoints.mean(0)[:, None]
        self.chosen = self.errors(keypoints, landmarks).argmin(0)

    def errors(self, keypoints: ArrayLike, landmarks: ArrayLike) -> np.ndarray:
        """Measures how well each keypoint stands for each landmark on other frames.

        Args:
            keypoints: `[N, K, 3]` float, world units.
            landmarks: `[N, L, 3]` float, world units.

        Returns:
            Mean distances, world units, `[K, L]` float64. `[chosen, range(L)]` are the tracking errors.
        """
        keypoints, landmarks = _pair(keypoints, landmarks)
        pairs = zip(np.moveaxis(keypoints, 1, 0), self.offsets, strict=True)
        return np.stack(
            [np.linalg.norm(keypoint[:, None] + offset - landmarks, axis=-1).mean(0) for keypoint, offset in pairs]
        )


def motion_ratio(keypoints: ArrayLike, landmarks: ArrayLike, episodes: ArrayLike) -> np.ndarray:
    """Measures how far keypoints move for each unit that landmarks move: 1 is right, 0 is at rest or unrelated.

    m_kl = Σ Δx_k · Δy_l / Σ |Δy_l|²

    with Δ from the mean over the episode and sums over all frames: the slope of the regression of the keypoint's
    displacement on the landmark's.

    Args:
        keypoints: `[N, K, 3]` float, world units.
        landmarks: `[N, L, 3]` float, world units.
        episodes: `[N]` of any type, which episode each frame belongs to.

    Returns:
        `[K, L]` float64; NaN for landmarks that hardly move within an episode.

    Raises:
        ValueError: If a shape does not fit or a value is not finite.

    Example:
        >>> landmarks = np.arange(12.0).reshape(4, 1, 3)
        >>> motion_ratio(7 - landmarks / 2, landmarks, [0] * 4).tolist()
        [[-0.5]]
    """
    keypoints, landmarks = _pair(keypoints, landmarks)
    moved, wanted = from_episode_mean(keypoints, episodes), from_episode_mean(landmarks, episodes)
    squares = np.einsum("nlc,nlc->l", wanted, wanted)
    moving = (squares > STILL**2 * squares.max()) & (squares > 0)
    return np.einsum("nkc,nlc->kl", moved, wanted) / np.where(moving, squares, np.nan)


def followers(errors: ArrayLike, ratios: ArrayLike, tolerance: float) -> np.ndarray:
    """Tells which keypoint follows which landmark: within `tolerance` of it, moving at least half as far as it does.

    Args:
        errors: `[K, L]` float, world units, from `Tracking.errors` on held-out frames.
        ratios: `[K, L]` float, from `motion_ratio`; NaN, of landmarks that hardly move, follows nothing.
        tolerance: World units.

    Returns:
        `[K, L]` bool.

    Example:
        >>> followers([[0.01, 0.01], [0.01, 0.5]], [[1.0, np.nan], [0.2, 1.0]], 0.03).tolist()
        [[True, False], [False, False]]
    """
    errors = as_array("errors", errors, None, None)
    ratios = as_array("ratios", np.nan_to_num(ratios), *errors.shape)
    check_positive(tolerance=tolerance)
    return (errors <= tolerance) & (ratios >= MIN_MOTION_RATIO)


def apart(keypoints: ArrayLike) -> float:
    """Measures how far keypoints are from their nearest neighbours: points in one clump are worth one.

    d = mean over frames and k of min_{j ≠ k} |x_k - x_j|

    Args:
        keypoints: `[N, K, 3]` float, world units.

    Returns:
        float, world units; NaN of fewer than two.

    Example:
        >>> float(apart([[[0, 0, 0], [0, 0, 1], [0, 0, 3]]]))
        1.3333333333333333
    """
    if np.shape(keypoints)[1] < 2:
        return np.nan
    keypoints = as_array("keypoints", keypoints, None, None, 3)
    distances = np.linalg.norm(keypoints[:, :, None] - keypoints[:, None], axis=-1)
    return np.where(np.eye(keypoints.shape[1], dtype=bool), np.inf, distances).min(-1).mean()


def roles(
    errors: ArrayLike, ratios: ArrayLike, keypoints: ArrayLike, attention: ArrayLike, tolerance: float
) -> np.ndarray:
    """Tells what each keypoint does.

    | role | what it means; the first that fits |
    | --- | --- |
    | following | within `tolerance` of some landmark, and moves at least half as far as that landmark does |
    | idle | its attention is below a tenth of an equal share (1 / K) in every view, on average over the frames |
    | static | moves less than a third of `tolerance` about its mean over all frames (root mean square) |
    | wandering | anything else: it moves, but not with a landmark |

    Args:
        errors: `[K, L]` float, world units, from `Tracking.errors` on held-out frames.
        ratios: `[K, L]` float, from `motion_ratio`; NaN counts as no motion.
        keypoints: `[N, K, 3]` float, world units.
        attention: `[N, V, K]` float, each view's shares, which sum to 1 over K.
        tolerance: World units.

    Returns:
        `[K]` strings.

    Raises:
        ValueError: If a shape does not fit, a value is not finite or the tolerance is not positive.
    """
    keypoints = as_array("keypoints", keypoints, None, None, 3)
    errors = as_array("errors", errors, keypoints.shape[1], None)
    ratios = as_array("ratios", np.nan_to_num(ratios), *errors.shape)
    attention = as_array("attention", attention, len(keypoints), None, keypoints.shape[1])
    follows = followers(errors, ratios, tolerance).any(1)
    idle = (attention.mean(0) < IDLE / attention.shape[-1]).all(0)
    static = motion(keypoints) < STATIC * tolerance
    return np.select([follows, idle, static], ["following", "idle", "static"], "wandering")


def _pair(keypoints: ArrayLike, landmarks: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    keypoints = as_array("keypoints", keypoints, None, None, 3)
    return keypoints, as_array("landmarks", landmarks, len(keypoints), None, 3)
