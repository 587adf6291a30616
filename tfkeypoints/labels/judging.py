"""How far from the truth a named point is to be expected, and whether the keypoints know it at all."""

import dataclasses

import numpy as np

from tfkeypoints.labels import affine

COUNTS = (5, 10, 20, 50)
"""Numbers of labels whose error is told."""
LEAST = 4
"""Labels of a point, below which nothing can be held out."""
DRAWS = 3
"""Times that a number of labels is drawn beside each part that is held out."""
BETTER = 0.8
"""A point counts as known if its error is below this part of what needs no keypoints to be known one by one."""
AS_GOOD = 1.5
"""Or if it is below this many times the error that the labels have by themselves."""


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What is known of a named point. Errors are root mean square distances on held-out frames, in world units.

    Attributes:
        weights: `[K]` float64, which sum to 1.
        labels: How many frames were labeled.
        error: Of the weighted sum.
        offset: Of the middle of the keypoints, moved by a constant.
        spread: Of the point's own mean place.
        by_labels: Number of labels to the error with so many; those of `COUNTS` that there are, and all.
        own: What triangulation says of the labels themselves; None for labels in 3D.
    """

    weights: np.ndarray
    labels: int
    error: float
    offset: float
    spread: float
    by_labels: dict[int, float]
    own: float | None

    @property
    def known(self) -> bool:
        """Whether the keypoints tell where the point is.

        They do if the error is clearly less than that of the two guesses for which no keypoint needs to follow the
        part, or hardly more than the labels' own.
        """
        as_good_as_labels = self.own is not None and self.error <= AS_GOOD * self.own < self.spread
        return self.error <= BETTER * min(self.offset, self.spread) or as_good_as_labels


def judge(keypoints: np.ndarray, points: np.ndarray, deviation: np.ndarray | None = None, seed: int = 0) -> Verdict:
    """Fits a named point, and measures by frames that were held out how far it will be off in others.

    The penalty is chosen anew without each part that is held out, so that the error is not that of the best of many.

    Args:
        keypoints: `[N, K, 3]` float64, world units, in the order of time.
        points: `[N, 3]`, the point's label in the same frames.
        deviation: `[N]`, expected error of each label; None if unknown.
        seed: Draws the frames of smaller numbers of labels.

    Raises:
        ValueError: If there are fewer than `LEAST` frames.
    """
    count = len(points)
    if count < LEAST:
        raise ValueError(f"`points` should be in {LEAST} frames or more. Received: {count}")
    middle = keypoints.mean(1)
    squares = np.zeros((3, count))
    for held in affine.folds(count):
        kept = np.setdiff1d(np.arange(count), held)
        guesses = (
            affine.apply(affine.chosen(keypoints[kept], points[kept])[None], keypoints[held])[:, 0],
            middle[held] + (points[kept] - middle[kept]).mean(0),
            points[kept].mean(0),
        )
        squares[:, held] = [((guess - points[held]) ** 2).sum(-1) for guess in guesses]
    error, offset, spread = np.sqrt(squares.mean(1)).tolist()
    least = count - max(len(held) for held in affine.folds(count))
    fewer = {number: _error_with(number, keypoints, points, seed) for number in COUNTS if number <= least}
    known = None if deviation is None or not np.isfinite(deviation).any() else deviation[np.isfinite(deviation)]
    return Verdict(
        weights=affine.chosen(keypoints, points),
        labels=count,
        error=error,
        offset=offset,
        spread=spread,
        by_labels={**fewer, count: error},
        own=None if known is None else float(np.sqrt(np.mean(known**2))),
    )


def _error_with(number: int, keypoints: np.ndarray, points: np.ndarray, seed: int) -> float:
    """The error on each part that is held out of maps from `number` of the other frames, drawn several times."""
    rng, squares = np.random.default_rng(seed), []
    for held in affine.folds(len(points)):
        kept = np.setdiff1d(np.arange(len(points)), held)
        for _ in range(DRAWS):
            drawn = np.sort(rng.permutation(kept)[:number])
            weights = affine.chosen(keypoints[drawn], points[drawn])
            squares.append(((affine.apply(weights[None], keypoints[held])[:, 0] - points[held]) ** 2).sum(-1))
    return float(np.sqrt(np.concatenate(squares).mean()))
