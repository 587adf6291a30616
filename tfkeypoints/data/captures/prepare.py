"""From a user's captures to the examples of a data set, and what is to be known of them."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from tfkeypoints.data.captures import fronts, window
from tfkeypoints.data.captures.find import find_captures
from tfkeypoints.data.captures.posed import Posed
from tfkeypoints.geometry.rotation import from_axis_angle

LEAST_OBJECTS = 3
"""One for each split."""
LEAST_EXAMPLES = 20
JOINED = 4
"""Examples of an object are a multiple of this, so that presets that join pairs to eight views drop none."""


@dataclasses.dataclass(frozen=True)
class Prepared:
    """Objects ready to be cut out.

    Attributes:
        objects: In the order of their names.
        remarks: Sentences about them, each beginning with a name.
    """

    objects: tuple[Posed, ...]
    remarks: tuple[str, ...]

    def model_sizes(self) -> dict[str, float]:
        """What a `KeypointNet` wants to know: `mean_depth` in radii, and `focal`, for which that holds."""
        distance = float(np.median(np.concatenate([each.distances for each in self.objects])))
        sizes = {"mean_depth": distance, "focal": float(window.focal_of(distance))}
        return {name: float(f"{size:.4g}") for name, size in sizes.items()}

    def of_mask(self) -> float:
        """How many times larger a window is than the box around the mask in it, in the median of all photos."""
        ratios = [each.side_of(view) / longest for each in self.objects for view, longest in enumerate(each.longest())]
        return float(f"{np.median(ratios):.4g}")

    def described(self) -> list[dict]:
        """What was found of each object, for JSON."""
        return [
            {
                "name": each.capture.name,
                "cameras": each.capture.cameras,
                "photos": len(each.capture.photos),
                "centre": each.centre.tolist(),
                "radius": each.radius,
                "distances": [float(each.distances.min()), float(each.distances.max())],
            }
            for each in self.objects
        ]


def prepare(folder: str | Path, axes: np.ndarray, turns: Mapping[str, float]) -> Prepared:
    """Finds the objects in a folder, where each is and how large, and compares which way they face.

    Args:
        folder: Of the objects.
        axes: `[3, 3]`, rotation from the files' axes to x forward, y left, z up.
        turns: Object to degrees by which it is turned about +z besides, counterclockwise seen from above.

    Raises:
        ValueError: If an object can't be used, all of which are named; or there are too few.
    """
    folders = find_captures(folder)
    unknown = sorted(set(turns) - {each.name for each in folders})
    if unknown:
        raise ValueError(
            f"`turn` should name objects, of {', '.join(each.name for each in folders)}. Received: {', '.join(unknown)}"
        )
    if len(folders) < LEAST_OBJECTS:
        raise ValueError(
            f"`captures` should hold {LEAST_OBJECTS} objects or more, for each is in one split. "
            f"Received: captures={folder} with {', '.join(each.name for each in folders)}"
        )
    objects, faults = [], []
    for each in tqdm(folders, "Looking at photos", unit=" objects", disable=None):
        turned = np.asarray(from_axis_angle(np.array([0.0, 0.0, 1.0]), np.deg2rad(turns.get(each.name, 0.0)))) @ axes
        try:
            objects.append(Posed.of(each, turned))
        except ValueError as error:
            faults.append(str(error))
    if faults:
        raise ValueError(
            "`captures` should hold objects that can be used. "
            f"Received: {len(faults)} of {len(folders)} that can't:\n  " + "\n  ".join(faults)
        )
    remarks = [f"{each.capture.name}: {remark}" for each in objects for remark in each.capture.remarks]
    return Prepared(tuple(objects), (*remarks, *_facing(objects)))


def examples(
    posed: Posed, count: int, num_views: int, side: int, shift: float, rng: np.random.Generator
) -> Iterator[dict]:
    """Cuts out examples of one object; its photos are read once each.

    All photos are shown once in an order drawn by chance, then again in another one, `num_views` an example; those that
    were shown last come late. Each time the window is aimed anew, at a point in [-shift, shift]³ about the middle.

    Args:
        posed: The object.
        count: N examples.
        num_views: Views an example, V. An object with fewer photos shows some twice.
        side: Of the windows, in pixels.
        shift: In radii of the object.
        rng: `numpy.random.Generator`, the only source of chance.
    """
    order = drawn(len(posed.capture.photos), count * num_views, rng)
    targets = rng.uniform(-shift, shift, (len(order), 3))
    images = np.zeros((len(order), side, side, 4), np.uint8)
    extrinsics = np.zeros((len(order), 4, 4), np.float32)
    intrinsics = np.zeros((len(order), 3, 3), np.float32)
    for view, photo in enumerate(posed.capture.photos):
        places = np.flatnonzero(order == view)
        if not len(places):
            continue
        rgba = photo.read()
        for place in places:
            pose, focal = posed.aim(view, targets[place])
            images[place] = posed.cut(view, rgba, pose, focal, side)
            extrinsics[place], intrinsics[place] = pose, np.diag([focal, focal, 1.0])
    for rows in np.arange(len(order)).reshape(count, num_views):
        yield {
            "image": images[rows],
            "intrinsics": intrinsics[rows],
            "extrinsics": extrinsics[rows],
            "instance": posed.capture.name,
        }


def usual_count(objects: Sequence[Posed], num_views: int) -> int:
    """Examples an object, so that even the one with the most photos shows each of them."""
    most = max(len(each.capture.photos) for each in objects)
    return -(-max(LEAST_EXAMPLES, -(-most // num_views)) // JOINED) * JOINED


def drawn(photos: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """An order of so many numbers of photos, in which neighbours differ: int `[count]`.

    Example:
        >>> sorted(drawn(3, 3, np.random.default_rng(0)).tolist())
        [0, 1, 2]
    """
    order: list[int] = []
    while len(order) < count:
        recent = order[len(order) - photos // 2 :]
        order += sorted(rng.permutation(photos).tolist(), key=lambda photo: photo in recent)
    return np.array(order[:count])


def _facing(objects: Sequence[Posed]) -> list[str]:
    """Sentences on objects that stand or face otherwise than the others."""
    told = []
    for each in objects:
        up = fronts.up_of(each.capture.calibration.extrinsics)
        if up is not None and (off := np.degrees(np.arccos(np.clip(up[2], -1, 1)))) >= fronts.UPRIGHT:
            in_file = ", ".join(f"{value:.2f}" for value in np.round(each.axes.T @ up, 2) + 0.0)
            told.append(
                f"{each.capture.name}: alarm: in its photos ({in_file}) of the camera file is up, {off:.0f}° from "
                "where the data set takes up to be: give `up` for all objects, or level its poses"
            )
    found = fronts.compare([fronts.pattern(each.hull) for each in objects])
    for each, front in zip(objects, found, strict=True):
        if front is not None and front.differs:
            name = each.capture.name
            told.append(
                f"{name}: alarm: it seems to face another way than the others: turned by {front.turn:.0f}° about the "
                f"vertical axis it is alike to them to {front.agreement:.2f}, as it is to {front.as_it_is:.2f} (of 1). "
                f"If so: --turn {name}={front.turn:.0f}, or correct its poses"
            )
    if fronts.same_from_behind(found):
        told.append(
            "all objects: by their outlines front and back are too much alike to tell whether one is turned by 180°"
        )
    shown = [each.capture.name for each, front in zip(objects, found, strict=True) if front is None]
    if shown:
        told.append(f"{', '.join(shown)}: too round to tell by the outline which way it faces")
    return told
