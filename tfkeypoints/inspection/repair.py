"""The cameras as they would fit a recording."""

import numpy as np

from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.camera import Camera
from tfkeypoints.inspection.faults import Rig


def repaired(given: Rig, better: Rig, names: tuple[str, ...]) -> Calibration:
    """Makes a calibration of cameras that were found to fit: swapped back, turned, zoomed, for images as recorded.

    Args:
        given: Cameras and recording as they are.
        better: The same as they fit.
        names: The cameras.

    Raises:
        ValueError: If an image is mirrored or upside down, which no camera file says.
    """
    found = {}
    for view, (camera, outlines) in enumerate(zip(better.cameras, better.outlines, strict=True)):
        if (np.diag(camera.to_calibrated) <= 0).any():
            raise ValueError(f"Images of `{names[view]}` should be turned or mirrored back: no camera file can say it")
        own = next(number for number, each in enumerate(given.outlines) if each is outlines)
        found[own] = Camera(
            name=names[own],
            size=outlines.size,
            matrix=camera.recorded_matrix,
            lens=camera.lens,
            extrinsics=camera.extrinsics,
        )
    return Calibration.from_cameras([found[view] for view in range(len(names))])
