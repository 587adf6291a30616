"""float32, for formats that hold no more."""

import numpy as np

ALLOWED = 1e-4
"""What rounding may move a point by, relative to how far the points reach."""


def as_float32(name: str, points: np.ndarray) -> np.ndarray:
    """Rounds points `[..., 3]`, NaN where unknown.

    Raises:
        ValueError: If that moves one by more than `ALLOWED`, as far from the world's origin.
    """
    rounded = points.astype(np.float32)
    known = points[np.isfinite(points).all(-1)]
    reach = np.ptp(known, axis=0).max() if len(known) else 0.0
    moved = np.abs(known - known.astype(np.float32)).max() if len(known) else 0.0
    if moved > ALLOWED * max(reach, moved):
        raise ValueError(
            f"`also` cannot write {name}: it holds 32-bit numbers, which would move points by {moved:.2g} where they "
            f"reach {reach:.3g}, so far they lie from the world's origin. Give cameras about an origin near the scene. "
            f"Received: points about {known.mean(0).tolist()}"
        )
    return rounded
