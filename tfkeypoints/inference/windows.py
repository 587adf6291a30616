"""The windows of a recording for a model that was trained on windows: found in it as they were for the training."""

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.data.recordings import Recording
from tfkeypoints.data.sessions.scene import Scene
from tfkeypoints.data.sessions.windows import find_windows


def windows_of(
    config: Mapping, recording: Recording, calibration: Calibration, masks: Recording | None = None
) -> np.ndarray | None:
    """Finds what the model is to see, `[T, V, 4]`, in a first pass over the recording; None: the whole images.

    Where nothing is found, as in a single frame, and the cameras are those of the training, its fixed windows do.

    Args:
        config: Of the run; its `windows` say how they were found.
        recording, calibration: Of the same sizes.
        masks: The user's, of the recording's times.

    Raises:
        ValueError: If nothing that moves is found.
    """
    told = config.get("windows")
    if not told:
        return None
    try:
        (windows,) = find_windows([Scene.of(recording, calibration, masks=masks)], told["kind"], told["side"])
    except ValueError as error:
        if told["boxes"] is None or not _is_same(told["cameras"], calibration):
            raise
        print(f"the training's own windows are used, for the cameras are the same: {error}", file=sys.stderr)
        return np.broadcast_to(np.array(told["boxes"]), (len(recording), len(calibration.names), 4))
    kind = "stand still" if windows.kind == "fixed" else "follow what moves"
    print(f"windows {kind}, and show {windows.side:.4g} of the camera file's unit", file=sys.stderr)
    return windows.boxes


def _is_same(told: Mapping[str, Any], calibration: Calibration) -> bool:
    return told["names"] == list(calibration.names) and all(
        np.allclose(told[name], getattr(calibration, name), rtol=1e-6, atol=1e-9)
        for name in ("intrinsics", "extrinsics")
    )
