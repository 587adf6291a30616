"""Named points of tracks: weighted sums of the keypoints, in the world and as each camera alone sees them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.inference.agreement import agreement
from tfkeypoints.inference.parts import Parts
from tfkeypoints.inference.results import write_csv
from tfkeypoints.inference.tracks import Tracks
from tfkeypoints.labels import affine
from tfkeypoints.labels.names import Names


def named_tracks(tracks: Tracks, calibration: Calibration, weights: np.ndarray) -> Tracks:
    """Makes tracks of L named points of those of K keypoints.

    What a camera sees of a named point is the weighted sum of the keypoints as it alone sees them, projected into its
    image; its confidence is the mean that the keypoints' weights, by their sizes, give.

    Args:
        tracks: Of T frames and K keypoints.
        calibration: V cameras.
        weights: `[L, K]`, rows that sum to 1.

    Raises:
        ValueError: If the weights are of another number of keypoints.
    """
    if weights.shape[1] != tracks.keypoints.shape[1]:
        raise ValueError(
            f"`weights` should be of {tracks.keypoints.shape[1]} keypoints. Received: weights.shape={weights.shape}"
        )
    seen = affine.apply(weights, tracks.points_world)
    shape = len(tracks), len(weights), 2
    pixels = [calibration.project(seen[:, view].reshape(-1, 3))[view].reshape(shape) for view in range(seen.shape[1])]
    shares = np.abs(weights) / np.abs(weights).sum(1, keepdims=True)
    return Tracks(
        keypoints=affine.apply(weights, tracks.keypoints),
        points_world=seen,
        uv=np.swapaxes(calibration.to_ideal(np.stack(pixels)), 0, 1),
        pixels=np.stack(pixels, 1),
        confidence=tracks.confidence @ shares.T,
        attention=tracks.attention @ shares.T,
    )


class NamedParts:
    """The parts of `named_tracks`, each made anew when it is asked for: never all of them are in memory."""

    def __init__(self, parts: Parts, calibration: Calibration, weights: np.ndarray):
        self.parts, self.calibration, self.weights = parts, calibration, weights

    def __len__(self) -> int:
        return len(self.parts)

    def __iter__(self) -> Iterator[Tracks]:
        return (named_tracks(part, self.calibration, self.weights) for part in self.parts)


def smoothed_column(hertz: np.ndarray | None, shape: tuple[int, int]) -> dict[str, np.ndarray]:
    """The column that says that points `[T, K]` were smoothed, if they were: at `hertz` `[T]`."""
    return {} if hertz is None else {"smoothed_hz": np.broadcast_to(hertz[:, None], shape)}


def write_named(
    folder: Path,
    labels: Sequence[int | str],
    parts: Parts,
    calibration: Calibration,
    names: Names,
    hertz: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """Writes `named.csv`, and returns what belongs into `keypoints.npz`.

    Args:
        folder: Where to write.
        labels: T frames.
        parts: Tracks of the T frames' K keypoints, in parts one after another.
        calibration: V cameras.
        names: Which has L known points.
        hertz: `[T]`, at which frequencies the parts were smoothed; None if they were not.

    Returns:
        `named` `[T, L, 3]`; `named_names`, `named_expected_error` `[L]`; `named_error`, `named_ncams` `[T, L]`.
    """
    found = NamedParts(parts, calibration, names.weights)
    error, ncams = (
        np.concatenate(each) for each in zip(*(agreement(part, calibration) for part in found), strict=True)
    )
    expected = np.broadcast_to(names.errors, error.shape)
    more = {"expected_error": expected, "error": error, "ncams": ncams, **smoothed_column(hertz, error.shape)}
    write_csv(folder / "named.csv", labels, found, calibration.names, more, names.known)
    return {
        "named": np.concatenate([part.keypoints for part in found]),
        "named_names": np.array(names.known),
        "named_expected_error": names.errors,
        "named_error": error,
        "named_ncams": ncams,
    }
