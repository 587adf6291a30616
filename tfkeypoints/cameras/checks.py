"""What is known to be wrong with cameras is an error here, and what can only be suspected an alarm."""

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tfkeypoints.cameras import values, views
from tfkeypoints.cameras.camera import Camera

if TYPE_CHECKING:
    from tfkeypoints.cameras.calibration import Calibration
    from tfkeypoints.cameras.lens import Lens
    from tfkeypoints.cameras.source import Source

SAME_PLACE, SAME_DIRECTION = 1e-6, 1e-3
"""Cameras that are closer than this part of the rig's span, and turned by less than these radians, are one."""
NEAR_PLACE = 1e-3
"""Cameras closer than this part of the rig's span tell little more than one."""
ROUNDING = 1e-13
"""What arithmetic may move a camera by, relative to its distance from the origin."""
FIELDS_OF_VIEW = {"pinhole": (5, 170), "fisheye": (5, 280)}
"""Usual fields of view in degrees."""
OFF_CENTRE = 0.1
"""Usual distance of the principal point from the middle, in widths and heights of the image."""
ASPECT = 1.1
"""Usual ratio of the focal lengths, either way."""
LONG = 1000
"""A rig that is larger than this many units is probably not in metres."""
BORDER = {"pinhole": 1.0, "fisheye": 0.5}
"""Part of the image, from the middle, that a lens covers at least; a fisheye's may be round and end within it."""
CONVENTION = "extrinsics take world points to camera points, with x right, y down and z forward"


def check_cameras(path: "Source", cameras: Sequence[Camera]) -> None:
    """Checks cameras of a file, in whichever format it is.

    Raises:
        ValueError: If there are none, one of them is impossible, or one is there twice. The message names file and
            camera.
    """
    if not cameras:
        raise ValueError(f"{path} should hold cameras. Received: none")
    for camera in cameras:
        where = f"{path}, camera `{camera.name}`"
        values.pixel_matrix(where, "matrix", camera.matrix, skew=True)
        values.rigid(where, "extrinsics", camera.extrinsics)
        if camera.size is not None:
            _check_size(where, camera.size, camera.matrix[:2, 2])
    names = [camera.name for camera in cameras]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{path} should hold each camera once. Received: `{name}`, {names.count(name)} times")
    for first, second in _pairs(np.array([camera.extrinsics for camera in cameras]), SAME_PLACE, SAME_DIRECTION):
        raise ValueError(
            f"{path}: cameras `{names[first]}` and `{names[second]}` stand at one place and look in one direction, "
            f"where two views tell no more than one ({CONVENTION}). Received: "
            f"{views.centres(cameras[first].extrinsics).tolist()} and "
            f"{views.centres(cameras[second].extrinsics).tolist()}"
        )


def alarms(calibration: "Calibration") -> list[str]:
    """Names what is unusual about cameras and may be a mistake: a sentence each."""
    found = []
    for name, size, matrix, lens in zip(
        calibration.names, calibration.sizes, calibration.matrices, calibration.lenses, strict=True
    ):
        unusual = _unusual(size, matrix, lens) if size.all() else ["its file does not say the size of its images"]
        found += [f"camera `{name}`: {sentence}" for sentence in unusual]
    for first, second in _pairs(calibration.extrinsics, NEAR_PLACE, np.inf):
        one, other = calibration.names[first], calibration.names[second]
        found.append(f"cameras `{one}` and `{other}` stand nearly at one place, from which no depth is seen")
    return [*found, *_together(calibration)]


def _check_size(where: str, size: tuple[int, int], centre: np.ndarray) -> None:
    values.size(where, "size", list(size))
    if _inside(centre, np.array(size[::-1])) and not _inside(centre, np.array(size)):
        raise ValueError(
            f"{where}: width and height seem to be swapped: the principal point {centre.tolist()} lies outside of the "
            f"image. Received: size={size}"
        )


def _inside(centre: np.ndarray, size: np.ndarray) -> bool:
    return bool(((centre >= -0.5) & (centre <= size - 0.5)).all())


def _pairs(extrinsics: np.ndarray, place: float, direction: float) -> Iterator[tuple[int, int]]:
    """The pairs of cameras that are closer than `place` × the rig's span and turned by less than `direction`."""
    eyes, span = views.centres(extrinsics), views.span(extrinsics)
    for first, second in itertools.combinations(range(len(eyes)), 2):
        near = max(place * span, ROUNDING * np.abs(eyes[[first, second]]).max())
        turned = np.abs(extrinsics[first, :3, :3] - extrinsics[second, :3, :3]).max()
        if np.linalg.norm(eyes[first] - eyes[second]) <= near and turned < direction:
            yield first, second


def _unusual(size: np.ndarray, matrix: np.ndarray, lens: "Lens") -> Iterator[str]:
    """Sentences on one camera."""
    centre = matrix[:2, 2] + 0.5
    off, off_if_swapped = (np.abs(centre / each - 0.5).max() for each in (size, size[::-1]))
    if off > OFF_CENTRE:
        asked = "are width and height swapped" if off_if_swapped < off / 2 else "was it cropped"
        yield f"the principal point {matrix[:2, 2].round(1)} is far from the middle of the image: {asked}?"
    ratio = matrix[0, 0] / matrix[1, 1]
    if not 1 / ASPECT < ratio < ASPECT:
        yield f"its focal lengths differ by a factor {ratio:.4g}: are its pixels not square?"
    if np.isnan(views.border_rays(size, matrix, lens, BORDER[lens.kind])).any():
        yield "its lens folds within the image, so that some pixels show nothing: are the coefficients right?"
    low, high = FIELDS_OF_VIEW[lens.kind]
    for which, angle in zip(("horizontal", "vertical"), views.fields_of_view(size, matrix, lens), strict=True):
        if angle <= low or angle >= high:
            yield f"its {which} field of view is {angle:.4g}°: are focal length and size of the same images?"


def _together(calibration: "Calibration") -> Iterator[str]:
    """Sentences on how cameras stand to each other."""
    point = views.meeting_point(calibration.extrinsics)
    eyes, reach = views.centres(calibration.extrinsics), views.span(calibration.extrinsics)
    if point is not None:
        reach = max(reach, np.median(np.linalg.norm(eyes - point, axis=1)))
    if reach > LONG:
        yield f"cameras and what they see are {reach:.4g} units apart: is the unit millimetres, and the model's metres?"
    if point is None:
        return
    pixels = calibration.project(point[None])[:, 0]
    for name, pixel, size in zip(calibration.names, pixels, calibration.sizes, strict=True):
        if size.all() and not _inside(pixel, size):
            yield (
                f"camera `{name}` does not see {point.round(3).tolist()}, where the optical axes come nearest to each "
                f"other: do the {CONVENTION}?"
            )
