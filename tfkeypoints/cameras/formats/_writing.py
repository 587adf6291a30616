"""What the writers of camera files share: cameras in pixels, and the refusal of what a format cannot say."""

import numpy as np

from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.camera import Camera


def cameras(calibration: Calibration) -> list[Camera]:
    """The cameras in pixels.

    Their numbers are the shortest that are read back as the same camera: what was read as 600.1 is 600.1 again,
    although a `Calibration` holds it as a part of the image.
    """
    names = ("names", "sizes", "matrices", "intrinsics", "lenses", "extrinsics")
    return [
        Camera(name, tuple(size.tolist()) if size.all() else None, _shortest(size, *both), lens, extrinsics)
        for name, size, *both, lens, extrinsics in zip(*(getattr(calibration, name) for name in names), strict=True)
    ]


def size(camera: Camera, format_name: str) -> tuple[int, int]:
    """Width and height, of a format that cannot leave them out.

    Raises:
        ValueError: If they are not known.
    """
    if camera.size is None:
        raise ValueError(
            f"camera `{camera.name}` should have the size of its images for {format_name}. "
            f"Received: a file that does not say it"
        )
    return camera.size


def focal_lengths_and_centre(camera: Camera, format_name: str) -> list[float]:
    """fx, fy, cx, cy in pixels, of a format without skew.

    Raises:
        ValueError: If the camera has a skew.
    """
    matrix = camera.matrix
    if matrix[0, 1]:
        raise ValueError(
            f"camera `{camera.name}` should have no skew, which {format_name} cannot say. "
            f"Received: skew={float(matrix[0, 1])}"
        )
    return [float(matrix[row, column]) for row, column in ((0, 0), (1, 1), (0, 2), (1, 2))]


def coefficients(camera: Camera, format_name: str, count: int) -> list[float]:
    """The lens' coefficients in OpenCV's order, filled up with zeros to as many as the format has.

    Raises:
        ValueError: If one of those that the format has not is not 0.
    """
    given = camera.lens.coefficients
    if any(given[count:]):
        raise ValueError(
            f"camera `{camera.name}` should have a {camera.lens.kind} lens of {count} coefficients, which is what "
            f"{format_name} has. Received: {len(given)} coefficients {list(given)}"
        )
    return [*given[:count], *[0.0] * (count - len(given))]


def _shortest(size: np.ndarray, matrix: np.ndarray, intrinsics: np.ndarray) -> np.ndarray:
    """The camera's matrix in pixels, `[3, 3]`, each number the shortest that becomes the same normalised one."""
    extent = np.where(size > 0, size, 2)
    found = np.array(matrix, np.float64)
    for row, column in ((0, 0), (0, 1), (1, 1)):
        found[row, column] = _decimal(matrix[row, column], 0, extent[row], intrinsics[row, column])
    for row in (0, 1):
        found[row, 2] = _decimal(matrix[row, 2], 1, extent[row], intrinsics[row, 2])
    return found


def _decimal(pixels: float, offset: int, extent: float, normalised: float) -> float:
    """The shortest number near `pixels` with (2 x + offset) / extent - offset = normalised, exactly."""
    decimals = (float(f"{pixels:.{digits}g}") for digits in range(1, 18))
    return next((x for x in decimals if (2 * x + offset) / extent - offset == normalised), float(pixels))
