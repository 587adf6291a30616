"""How images of one size may have come about of those that a camera was calibrated with."""

import itertools

import numpy as np

from tfkeypoints.data.recordings.sizes import between_bars, scaled


def makings(size: tuple[int, int], calibrated: tuple[int, int]) -> dict[str, np.ndarray]:
    """Ways in which images may have been made of those of the calibration.

    Args:
        size: Width and height of the images, in pixels.
        calibrated: Those of the calibration.

    Returns:
        For each way, in words, `[2, 3]`: pixels of the images to those of the calibration, whose centre of the first
        pixel is (0, 0).
    """
    own, wanted = np.array(size, float), np.array(calibrated, float)
    ways = {"resized": scaled(wanted / own, np.zeros(2))}
    scale, bars = between_bars(own, wanted)
    if bars.max() >= 0.5:
        told = f"resized by {scale:.4f}, with bars of {bars.max():.1f} pixels"
        ways[told] = scaled(np.ones(2) / scale, bars)
    if (own <= wanted).all():
        shares = [[0.5] if side == 0 else [0.5, 0, 1] for side in wanted - own]
        for x, y in itertools.product(*shares):
            left, top = np.floor((x, y) * (wanted - own))
            ways[f"cut out, {left:.0f} pixels from the left and {top:.0f} from above"] = scaled(
                np.ones(2), -np.array([left, top])
            )
    if own[0] * wanted[0] == own[1] * wanted[1] and own[0] != own[1]:
        upright = scaled(wanted[::-1] / own, np.zeros(2))
        ways = {
            "turned by a quarter clockwise": np.array([[0, 1, 0], [-1, 0, wanted[1] - 1]]) @ _homogeneous(upright),
            "turned by a quarter counterclockwise": np.array([[0, -1, wanted[0] - 1], [1, 0, 0]])
            @ _homogeneous(upright),
        }
    return ways


def _homogeneous(matrix: np.ndarray) -> np.ndarray:
    return np.concatenate([matrix, [[0, 0, 1]]])
