"""Images of another size than the calibration says: what can be known is applied, and told."""

import dataclasses

import numpy as np

from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.data.recordings.recording import Recording


def fitted(recording: Recording, calibration: Calibration) -> tuple[Recording, Calibration, list[str]]:
    """Brings a recording and its cameras to the same sizes.

    Where a camera's images are larger or smaller by a whole factor, the camera is scaled. Where they have the right
    form only as they are stored, not as their files ask to turn them, they are not turned.

    Args:
        recording: The cameras' images.
        calibration: The same cameras in the same order.

    Returns:
        The recording, the calibration with the recording's sizes, and a remark on each camera that was changed.

    Raises:
        ValueError: If images have another size for any other reason, such as a crop: where it lies can't be known.
    """
    sources, remarks = list(recording.sources), []
    for view, (name, wanted) in enumerate(zip(calibration.names, calibration.sizes.tolist(), strict=True)):
        upright, stored = sources[view], sources[view].as_stored()
        if _factor(upright.size, wanted) is None and _factor(stored.size, wanted) is not None:
            sources[view] = stored
            remarks.append(f"images of `{name}` are read as they are stored, not turned: so they fit the camera file")
        factor = _factor(sources[view].size, wanted)
        if factor is None:
            raise ValueError(_message(name, wanted, upright.size))
        if factor != 1:
            told = f"{factor} times as large" if factor > 1 else f"smaller by the factor {round(1 / factor)}"
            remarks.append(f"images of `{name}` are {told} as in the camera file: the camera is scaled with them")
    recording = dataclasses.replace(recording, sources=tuple(sources))
    return recording, calibration.resized(recording.sizes), remarks


def _factor(size, wanted):
    """How many times larger both sides are than wanted: 1, 2, … or 1/2, …; None if by no whole factor.

    Of sides that are no multiple, programs drop the rest or round it up.
    """
    if tuple(size) == tuple(wanted):
        return 1
    large, small = np.array(size), np.array(wanted)
    larger = bool((large > small).all())
    if not larger:
        large, small = small, large
    factor = round(float(np.max(large / small)))
    fits = factor > 1 and ((large // factor <= small) & (small <= -(-large // factor))).all()
    return None if not fits else (factor if larger else 1 / factor)


def _message(name, wanted, size):
    advice = (
        "If they were cut out, subtract the columns and rows that are missing at the left and above from cx and cy, "
        "and set width and height; if they were resized, scale fx, fy, cx, cy, width and height"
    )
    if _factor(size[::-1], wanted) is not None:
        advice = "They seem to be turned by a quarter, but no file says which way: turn them back, or their cameras"
    return (
        f"Images of camera `{name}` should have {wanted[0]} × {wanted[1]} pixels as in the camera file, or these times "
        f"or divided by a whole number. {advice}. Received: {size[0]} × {size[1]}"
    )
