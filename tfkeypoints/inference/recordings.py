"""World keypoints of a recording by several calibrated cameras, and what is written of them."""

import csv
import dataclasses
import itertools
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from PIL import Image
from tqdm import tqdm

from tfkeypoints import files, visualization
from tfkeypoints.cameras import checks, views
from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.reading import read_calibration
from tfkeypoints.data.recordings import Missing, find_recording
from tfkeypoints.geometry import camera, crop
from tfkeypoints.inference.images import fit_image
from tfkeypoints.inference.undistortion import undistorted
from tfkeypoints.metrics import collapse
from tfkeypoints.metrics.consistency import view_disagreement

BATCH_SIZE = 8
KEPT = ("keypoints", "points_world", "uv", "confidence", "attention")
IMAGE_FPS = 10
"""Frames a second of a video that is made of images."""

FAR = 10
"""An origin that is farther off than this many times the greatest distance between cameras."""
PICTURE_SIZE = 384
"""Longer side of each camera's picture in the video, in pixels."""


@dataclasses.dataclass(frozen=True)
class Tracks:
    """Keypoints of T frames, seen by V cameras.

    Attributes:
        keypoints: `[T, K, 3]` float64, world frame and length unit of the camera file.
        points_world: `[T, V, K, 3]` float64, the same as each camera alone sees them.
        uv: `[T, V, K, 2]`, where the network found them in each camera's undistorted image; normalised coordinates.
        pixels: `[T, V, K, 2]` float64, the same in the pixels of the image as recorded; the centre of the first pixel
            is (0, 0). NaN past the lens' fold.
        confidence: `[T, V, K]`, the heatmap's mass in its fullest cell.
        attention: `[T, V, K]`, what the fusion weighs the views with; sums to 1 over K.
    """

    keypoints: np.ndarray
    points_world: np.ndarray
    uv: np.ndarray
    pixels: np.ndarray
    confidence: np.ndarray
    attention: np.ndarray


def predict(
    run,
    out: Path,
    images: Path,
    cameras: Path,
    offset: Mapping[str, int] | None = None,
    bits: int | None = None,
    strict: bool = False,
) -> None:
    """Finds the keypoints of synchronised frames of all cameras, draws and writes them.

    Args:
        run: A run, whose model fuses the views of calibrated cameras.
        out: Folder for `keypoints.npz`, `keypoints.csv` and `keypoints.mp4`.
        images: Folder with a sub-folder of images, or a video, for each camera.
        cameras: File of the cameras.
        offset: How many of its frames a camera started later than the others.
        bits, strict: As in `find_recording`.
    """
    calibration = read_calibration(cameras)
    for alarm in checks.alarms(calibration):
        print(f"alarm: {alarm}", file=sys.stderr)
    recording = find_recording(images, calibration.names, offset, bits, strict)
    for remark in recording.remarks:
        print(remark, file=sys.stderr)
    frames = tqdm(recording, unit="frame", disable=None)
    tracks = track(run.load_model(), frames, calibration, run.config["images"]["shape"][1:])
    write_npz(out / "keypoints.npz", recording.labels, tracks, calibration)
    write_csv(out / "keypoints.csv", recording.labels, tracks, calibration.names)
    drawn = draw(recording, tracks, calibration)
    visualization.write_animation(out / "keypoints.mp4", drawn, recording.fps or IMAGE_FPS)
    print(
        f"{len(recording)} frames, {tracks.keypoints.shape[1]} keypoints each: {out}\n"
        f"views disagree by {disagreement(tracks):.3g} in the camera file's unit"
    )
    for alarm in alarms(tracks, calibration):
        print(f"alarm: {alarm}", file=sys.stderr)


def track(
    model: keras.Model,
    frames: Iterable[Sequence[Image.Image | Missing]],
    calibration: Calibration,
    image_shape: tuple[int, int, int],
) -> Tracks:
    """Finds the keypoints of each frame.

    Images are undistorted, scaled into the model's size and padded where their form is another one; intrinsics follow.
    Where the world's origin is far off, as in a survey's coordinates, the model works about the middle of the cameras,
    for its float32 holds no small differences of great numbers.

    Args:
        model: A trained `Keypoint3D`.
        frames: V images each, in the order of the cameras. Where one is missing, what its camera sees is NaN, and so
            are the frame's keypoints.
        calibration: The cameras.
        image_shape: H, W, C of the training data.

    Raises:
        ValueError: If there are more or fewer cameras than the model takes, or an image has another size than its
            camera.
    """
    if model.view_encoding != "shared" and len(calibration.names) != model.num_views:
        raise ValueError(
            f"`cameras` should hold the {model.num_views} cameras of the training, in their order: the model has "
            f"view_encoding='{model.view_encoding}'. Received: {', '.join(calibration.names)}"
        )
    detect = tf.function(model.detect)
    local, offset = _local(calibration)
    frames, batches = iter(frames), []
    while batch := list(itertools.islice(frames, BATCH_SIZE)):
        batches.append(_answer(detect, batch, local, image_shape, model.view_encoding == "stacked"))
    found = {name: np.concatenate([batch[name] for batch in batches]) for name in KEPT}
    for name in ("keypoints", "points_world"):
        found[name] = found[name].astype(np.float64) + offset
    return Tracks(**found, pixels=np.swapaxes(calibration.to_recorded(np.swapaxes(found["uv"], 0, 1)), 0, 1))


def alarms(tracks: Tracks, calibration: Calibration) -> list[str]:
    """Raises the alarms of `metrics.collapse.alarms` that need no images, for frames without NaN: a sentence each."""
    known = np.isfinite(tracks.keypoints).all((1, 2))
    if not known.any():
        return []
    cameras = (
        np.broadcast_to(values, (known.sum(), *values.shape))
        for values in (calibration.intrinsics, calibration.extrinsics)
    )
    found = (getattr(tracks, name)[known] for name in ("keypoints", "points_world", "uv", "attention"))
    return collapse.alarms(*found, *cameras)


def disagreement(tracks: Tracks) -> float:
    """Measures how far the cameras' points lie from their mean: `view_disagreement`, the mean of all whole frames."""
    known = np.isfinite(tracks.points_world).all((1, 2, 3))
    return float(view_disagreement(tracks.points_world[known]).mean()) if known.any() else np.nan


def draw(frames: Iterable[Sequence[Image.Image]], tracks: Tracks, calibration: Calibration) -> np.ndarray:
    """Draws the world keypoints into every camera's images: uint8 RGB `[T, h, w, 3]`, for `write_animation`."""
    longer = calibration.sizes[0].max()
    width, height = (int(side * min(PICTURE_SIZE, longer) // longer) for side in calibration.sizes[0])
    pixels = calibration.project(tracks.keypoints.reshape(-1, 3))
    uv = (2 * pixels + 1) / calibration.sizes[:, None] - 1
    uv = np.swapaxes(uv.reshape(len(uv), *tracks.keypoints.shape[:2], 2), 0, 1)
    filled = (_filled(images, calibration) for images in frames)
    images, boxes = zip(*(_fitted(images, height, width, 3) for images in filled), strict=True)
    low, high = np.split(boxes[0][:, None], 2, axis=-1)
    return visualization.episode_frames(
        np.stack(images),
        (2 * uv - low - high) / (high - low),
        confidence=tracks.confidence,
        tile=PICTURE_SIZE,
        camera_names=calibration.names,
    )


def write_csv(path: str | Path, labels: Sequence[int | str], tracks: Tracks, names: Sequence[str]) -> None:
    """Writes a row a frame and keypoint: frame, keypoint, x, y, z, and for each camera its pixel and confidence.

    Places have six digits after those that all of them share, as in a world whose origin is far away.
    """
    seen = [f"{column}_{name}" for name in names for column in ("x_pixel", "y_pixel", "confidence")]
    per_view = np.concatenate([tracks.pixels, tracks.confidence[..., None]], -1)
    table = np.concatenate(list(np.moveaxis(per_view, 1, 0)), -1)
    digits = _digits(tracks.keypoints)
    with files.whole(path) as partial, open(partial, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["frame", "keypoint", "x", "y", "z", *seen])
        for label, points, rows in zip(labels, tracks.keypoints, table, strict=True):
            for k, (point, row) in enumerate(zip(points, rows, strict=True)):
                place = (f"{value:.{digits}g}" for value in point)
                writer.writerow([label, k, *place, *(f"{value:.6g}" for value in row)])


def write_npz(path: str | Path, labels: Sequence[int | str], tracks: Tracks, calibration: Calibration) -> None:
    """Writes `frames` `[T]`, every field of `Tracks`, and the cameras."""
    with files.whole(path) as partial:
        np.savez_compressed(
            partial,
            frames=np.array(labels),
            camera_names=np.array(calibration.names),
            camera_sizes=calibration.sizes,
            intrinsics=calibration.intrinsics,
            extrinsics=calibration.extrinsics,
            **{field.name: getattr(tracks, field.name) for field in dataclasses.fields(tracks)},
        )


def _answer(detect, batch, calibration, image_shape, stacked):
    """What is kept of the model's answer, with `uv` in the coordinates of the cameras' own images."""
    missing = np.array([[isinstance(image, Missing) for image in images] for images in batch])
    batch = [_filled(images, calibration) for images in batch]
    for images in batch:
        _check_sizes(images, calibration)
    ideal = (undistorted(images, calibration, *image_shape[:2]) for images in batch)
    pixels, boxes = zip(*(_fitted(images, *image_shape) for images in ideal), strict=True)
    boxes = np.float32(boxes[0])
    shape = (len(batch), len(calibration.names))
    intrinsics = np.float32(camera.crop(calibration.intrinsics, boxes))
    answer = detect(
        {
            "image": np.stack(pixels),
            "intrinsics": np.broadcast_to(intrinsics, (*shape, 3, 3)),
            "extrinsics": np.broadcast_to(np.float32(calibration.extrinsics), (*shape, 4, 4)),
        }
    )
    kept = {name: np.array(answer[name]) for name in KEPT}
    if stacked:  # one network sees all cameras at once
        missing |= missing.any(1, keepdims=True)
    for name, values in kept.items():
        values[missing.any(1) if name == "keypoints" else missing] = np.nan
    return kept | {"uv": crop.to_whole(kept["uv"], boxes).numpy()}


def _local(calibration):
    """The calibration for the model, and the offset `[3]` that its world then has."""
    local, offset = calibration.recentred()
    if np.linalg.norm(offset) <= FAR * views.span(calibration.extrinsics):
        return calibration, np.zeros(3)
    return local, offset


def _digits(points):
    """Six significant digits, and one more for each power of ten that the points lie farther off than they reach."""
    points = points[np.isfinite(points).all(-1)]
    far, reach = np.abs(points).max(initial=0), np.ptp(points, axis=0).max(initial=0) if len(points) else 0
    return int(np.clip(6 + np.ceil(np.log10(far / reach)), 6, 15)) if far and reach else 15


def _filled(images, calibration):
    """The images, with a black one where one is missing."""
    return [
        Image.new("RGB", tuple(size)) if isinstance(image, Missing) else image
        for image, size in zip(images, calibration.sizes.tolist(), strict=True)
    ]


def _fitted(images, height, width, channels):
    """Each image in a picture of the same size `[V, height, width, channels]`, and the box that it covers `[V, 4]`."""
    pixels, boxes = zip(*(fit_image(image, height, width, channels) for image in images), strict=True)
    return np.stack(pixels), np.stack(boxes)


def _check_sizes(images, calibration):
    for name, image, (width, height) in zip(calibration.names, images, calibration.sizes, strict=True):
        if image.size != (width, height):
            raise ValueError(
                f"Images of camera `{name}` should have {width} × {height} pixels as in the camera file. If they were "
                f"resized, scale its fx, fy, cx, cy, width and height too. Received: {image.width} × {image.height}"
            )
