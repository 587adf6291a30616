"""Which part of each image matters: a fixed square a camera, or one that follows what moves."""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from tfkeypoints.arguments import check_choice
from tfkeypoints.data.recordings import pairing
from tfkeypoints.data.sessions.rig import rigs
from tfkeypoints.data.sessions.scene import Scene

if TYPE_CHECKING:
    from tfkeypoints.cameras.calibration import Calibration


KINDS = ("auto", "fixed", "follow")
MARGIN = 0.15
"""What a window adds to what it must cover, as a share of it."""
USUAL = 0.97
"""Share of the frames that a window must cover whole; the rest are outliers."""
WALKS = 1.6
"""`"auto"` follows where fixed windows would be larger than following ones by this factor, in the cameras' mean."""
SMOOTH_SECONDS, SMOOTH_FRAMES = 0.25, 3
"""Standard deviation with which the path of what moves is smoothed; in frames where nothing tells the time."""


@dataclasses.dataclass(frozen=True)
class Windows:
    """The windows of a recording of T frames, and what a model wants to know of the world in them.

    Attributes:
        kind: "fixed" or "follow".
        boxes: `[T, V, 4]`, u0, v0, u1, v1 in normalised coordinates of the ideal images; squares in pixels, which may
            reach beyond the images.
        centre: `[3]`, world: the mean place of what moves.
        side: World units that a window shows at the depth of what moves: that of all windows that follow; of fixed
            ones the mean of the cameras.
        depth_per_focal: Mean of depth over focal length, of what moves in its windows.
        focal: Mean focal length of the windows, in their own normalised coordinates.
    """

    kind: str
    boxes: np.ndarray
    centre: np.ndarray
    side: float
    depth_per_focal: float
    focal: float


def find_windows(scenes: Sequence[Scene], kind: str = "auto", side: float | None = None) -> list[Windows]:
    """Finds the windows of one or more recordings of a kind of scene.

    Fixed windows cover, for each camera, what moves in all but the rarest frames, of all recordings by the same cameras
    in the same places: an object that is moved in one of them is where all can see it. Windows that follow
    show `side` world units around the smoothed centre of what moves, at its depth, so that it is seen as large by every
    camera.

    Args:
        scenes: The recordings.
        kind: "fixed", "follow", or "auto": follow where what moves walks about.
        side: World units that windows show which follow; None: what covers the thing that moves.

    Returns:
        Windows of each recording, all of one kind.
    """
    check_choice(KINDS, kind=kind)
    paths = [_path(scene) for scene in scenes]
    needed = [_needed_side(scene, path) for scene, path in zip(scenes, paths, strict=True)]
    follow = side or (1 + MARGIN) * float(np.nanquantile(np.concatenate([each.ravel() for each in needed]), USUAL))
    fixed = _squares(scenes)
    if kind == "auto":
        sides = [_side(scene, path, box).mean() for scene, path, box in zip(scenes, paths, fixed, strict=True)]
        kind = "follow" if np.mean(sides) > WALKS * follow else "fixed"
    if kind == "follow":
        return [
            _windows(kind, scene, path, _boxes(scene, path, follow)) for scene, path in zip(scenes, paths, strict=True)
        ]
    return [
        _windows(kind, scene, path, np.broadcast_to(box, (len(path), *box.shape)))
        for scene, path, box in zip(scenes, paths, fixed, strict=True)
    ]


def _windows(kind: str, scene: Scene, path: np.ndarray, boxes: np.ndarray) -> Windows:
    seen = scene.rows
    depth = _projected(scene, path[seen])[1]
    focal = 2 * scene.calibration.intrinsics[:, 1, 1] / (boxes[seen, :, 3] - boxes[seen, :, 1])
    ratio = float((depth / focal).mean())
    return Windows(kind, boxes, path[seen].mean(0), 2 * ratio, ratio, float(focal.mean()))


def _path(scene: Scene) -> np.ndarray:
    """Where what moves is at every time of the recording, smoothed: `[T, 3]`."""
    rows, centres = scene.rows, scene.hull.centres
    known = np.isfinite(centres).all(1)
    filled = np.stack([np.interp(rows, rows[known], axis[known]) for axis in centres.T], -1)
    times = scene.recording.times
    step = None if times is None else pairing.step(times[rows])
    width = SMOOTH_SECONDS / step if step else SMOOTH_FRAMES
    smooth = ndimage.gaussian_filter1d(filled, width, axis=0, mode="nearest")
    return np.stack([np.interp(np.arange(len(scene.recording)), rows, axis) for axis in smooth.T], -1)


def _projected(scene: Scene, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points `[N, 3]` in each camera's ideal image: uv `[N, V, 2]` and depth `[N, V]`."""
    rotations, translations = scene.calibration.extrinsics[:, :3, :3], scene.calibration.extrinsics[:, :3, 3]
    seen = np.einsum("vij,nj->nvi", rotations, points) + translations
    image = np.einsum("vij,nvj->nvi", scene.calibration.intrinsics, seen)
    return image[..., :2] / image[..., 2:], seen[..., 2]


def _needed_side(scene: Scene, path: np.ndarray) -> np.ndarray:
    """World units that a window about the path must show in each frame to cover what moves: `[N, V]`."""
    uv, depth = _projected(scene, path[scene.rows])
    low, high = scene.hull.boxes[..., :2], scene.hull.boxes[..., 2:]
    half = np.maximum(uv - low, high - uv) / _focal(scene.calibration)
    return 2 * half.max(-1) * depth


def _focal(calibration: "Calibration") -> np.ndarray:
    """Normalised focal lengths `[V, 2]`, horizontal and vertical."""
    return np.stack([calibration.intrinsics[:, 0, 0], calibration.intrinsics[:, 1, 1]], -1)


def _boxes(scene: Scene, path: np.ndarray, side: float) -> np.ndarray:
    """Boxes `[T, V, 4]` that show so many world units about the path."""
    uv, depth = _projected(scene, path)
    half = side / 2 * _focal(scene.calibration) / depth[..., None]
    return np.concatenate([uv - half, uv + half], -1)


def _squares(scenes: Sequence[Scene]) -> list[np.ndarray]:
    """For each recording the squares of its rig's cameras about what moves: `[V, 4]`."""
    squares = [np.empty(0)] * len(scenes)
    for places in rigs([scene.calibration for scene in scenes]):
        extents = np.array([scenes[place].hull.extent(1 - USUAL) for place in places])
        low, high = extents[..., :2].min(0), extents[..., 2:].max(0)
        sizes = scenes[places[0]].calibration.sizes
        half = (1 + MARGIN) / 2 * ((high - low) * sizes).max(-1, keepdims=True) / sizes
        middle = (low + high) / 2
        for place in places:
            squares[place] = np.concatenate([middle - half, middle + half], -1)
    return squares


def _side(scene: Scene, path: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """World units that boxes `[V, 4]` show at the depth of what moves, `[V]`."""
    depth = _projected(scene, path)[1].mean(0)
    return (boxes[:, 3] - boxes[:, 1]) / _focal(scene.calibration)[:, 1] * depth
