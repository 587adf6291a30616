"""Keypoints on images of any size: into the model's square and back to the image's pixels."""

import csv
import dataclasses
import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from tfkeypoints import files
from tfkeypoints.data.recordings import VideoFrame
from tfkeypoints.geometry import camera, crop
from tfkeypoints.geometry.checks import check_intrinsics
from tfkeypoints.geometry.letterbox import letterbox

COLUMNS = (
    *("file", "keypoint", "u", "v", "x_pixel", "y_pixel", "depth"),
    *("x_camera", "y_camera", "z_camera", "confidence", "std_pixel"),
)


@dataclasses.dataclass(frozen=True)
class Detection:
    """Keypoints of one image.

    Attributes:
        uv: `[K, 2]`, normalised coordinates of the user's own image.
        pixels: `[K, 2]`, x and y in its pixels; the centre of the first pixel is (0, 0).
        depth: `[K]`, units of the training data.
        points_camera: `[K, 3]`, the same units.
        confidence: `[K]`, the heatmap's mass in its fullest cell.
        std: `[K]`, standard deviation of the heatmap in pixels of the user's image, as wide as high.
    """

    uv: np.ndarray
    pixels: np.ndarray
    depth: np.ndarray
    points_camera: np.ndarray
    confidence: np.ndarray
    std: np.ndarray


def fit_image(image: Image.Image | VideoFrame, height: int, width: int, channels: int) -> tuple[np.ndarray, np.ndarray]:
    """Scales an image until it just fits into `height` × `width`, and pads the rest with background (zeros).

    Args:
        image: Pillow's image, or the frame of a video.
        height, width: Size wanted, in pixels.
        channels: 3, or 4 with alpha.

    Returns:
        uint8 `[height, width, channels]`, and what it covers: a box `[u0, v0, u1, v1]` in the normalised coordinates
        of the image, which reaches beyond ±1 where there is padding.
    """
    size, corner, box = letterbox_of(image.height, image.width, height, width)
    values = np.asarray(scaled(image, size))
    if values.shape[-1] == 4 and channels == 3:
        values = np.round(values[..., :3] * (values[..., 3:] / 255)).astype(np.uint8)
    pixels = np.zeros((height, width, channels), np.uint8)
    covered = pixels[corner[1] : corner[1] + size[1], corner[0] : corner[0] + size[0]]
    covered[..., : values.shape[-1]] = values
    if channels > values.shape[-1]:
        covered[..., 3] = 255
    return pixels, np.array(box)


def scaled(image: Image.Image | VideoFrame, size: tuple[int, int]) -> Image.Image:
    """Scales an image to a width and height: RGBA if it has transparent pixels, else RGB, which costs a third."""
    if isinstance(image, VideoFrame):
        if size[0] <= image.width and size[1] <= image.height:
            return image.reduced(size)
        image = image.picture()
    if image.mode != "RGB":
        image = image.convert("RGBA")
        if image.getextrema()[3][0] == 255:
            image = image.convert("RGB")
    if image.size == size:
        return image
    if image.mode == "RGB":
        return image.resize(size, Image.Resampling.HAMMING)
    # Colors are weighted with alpha while they are averaged, or transparent pixels would darken the edges.
    return image.convert("RGBa").resize(size, Image.Resampling.HAMMING).convert("RGBA")


def detect(
    model: keras.Model,
    image: Image.Image,
    image_shape: tuple[int, int, int],
    training_intrinsics: ArrayLike,
    intrinsics: ArrayLike | None = None,
) -> Detection:
    """Finds the keypoints of one image.

    Args:
        model: A trained model.
        image: RGB or RGBA, any size; the object fills it about as in the training data. For a model of images with
            alpha it is cut out, or stands before what the model sees where it is transparent, see
            `image_collection.BACKGROUNDS`.
        image_shape: H, W, C of the training data.
        training_intrinsics: `[3, 3]`, used for the padded image if `intrinsics` is None.
        intrinsics: `[3, 3]` of the image itself, camera to normalised image coordinates.

    Raises:
        ValueError: If `intrinsics` are no camera's.
    """
    return ask(model, image, image_shape, training_intrinsics, intrinsics)[0]


def ask(
    model: keras.Model,
    image: Image.Image,
    image_shape: Sequence[int],
    training_intrinsics: ArrayLike,
    intrinsics: ArrayLike | None,
    window: Sequence[float] | None = None,
) -> tuple[Detection, np.ndarray, np.ndarray]:
    """Finds the keypoints of one image, and tells what the model saw.

    Args:
        model, image, image_shape, training_intrinsics, intrinsics: As in `detect`.
        window: Left, top, right and lower edge, in pixels of the image, of what the model is shown; None: all.

    Returns:
        The detection, in the whole image; what the model saw, uint8 `[H, W, C]`; and the standard deviations of its
        heatmaps there, `[K]`, in normalised coordinates.
    """
    view = image if window is None else image.crop(window)
    pixels, box = fit_image(view, *image_shape)
    if window is not None:
        low, size = np.array(window[:2]), np.array(view.size)
        box = ((low + (box.reshape(2, 2) + 1) / 2 * size) / image.size * 2 - 1).ravel()
    if intrinsics is None:
        matrix = np.asarray(training_intrinsics, np.float32)
    else:
        check_intrinsics(np.asarray(intrinsics))
        matrix = np.asarray(camera.crop(np.asarray(intrinsics, np.float32), box.astype(np.float32)))
    answer = model(
        {
            "image": pixels[None, None],
            "intrinsics": matrix[None, None],
            "extrinsics": np.eye(4, dtype=np.float32)[None, None],
        },
        training=False,
    )
    uv, depth, points, confidence, std = (
        answer[name][0, 0].numpy() for name in ("uv", "depth", "points_camera", "confidence", "std")
    )
    uv = crop.to_whole(np.float64(uv), box).numpy()
    size = np.array([image.width, image.height])
    found = Detection(
        uv=uv,
        pixels=(uv + 1) / 2 * size - 0.5,
        depth=depth[:, 0],
        points_camera=points,
        confidence=confidence,
        std=std[:, 0] * (box[2] - box[0]) / 2 * image.width / 2,
    )
    return found, pixels, std[:, 0]


def window_about(image: Image.Image, fill: float) -> tuple[int, int, int, int]:
    """A square about what is not transparent, whose longer side takes the share `fill` of it: left, top, right, low."""
    left, top, right, low = image.getchannel("A").point(lambda alpha: 255 * (alpha > 127)).getbbox()
    side = max(1, round(max(right - left, low - top) / fill))
    corner = round((left + right - side) / 2), round((top + low - side) / 2)
    return (*corner, corner[0] + side, corner[1] + side)


def write_csv(path: str | Path, names: Sequence[str], detections: Sequence[Detection]) -> None:
    """Writes one row a file and keypoint, with the columns `COLUMNS`."""
    with files.whole(path) as partial, open(partial, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for name, found in zip(names, detections, strict=True):
            columns = (found.uv, found.pixels, found.depth, found.points_camera, found.confidence, found.std)
            table = np.column_stack(columns)
            writer.writerows([name, k, *(f"{value:.6g}" for value in row)] for k, row in enumerate(table))


def write_npz(
    path: str | Path,
    names: Sequence[str],
    detections: Sequence[Detection],
    more: Mapping[str, np.ndarray] | None = None,
) -> None:
    """Writes `files` `[N]`, every field of `Detection` with N in front, and what else there is."""
    fields = [field.name for field in dataclasses.fields(Detection)]
    arrays: dict[str, Any] = {name: np.stack([getattr(found, name) for found in detections]) for name in fields}
    with files.whole(path) as partial:
        np.savez_compressed(partial, files=np.array(names), **arrays | dict(more or {}))


@functools.lru_cache
def letterbox_of(*sizes: int) -> tuple[tuple[int, int], tuple[int, int], tuple[float, float, float, float]]:
    """`letterbox` for Pillow, which counts x first; remembered, for the frames of a recording are of one size.

    Args:
        *sizes: Height and width of the image, and those that it is fitted into.

    Returns:
        Width and height of the scaled image, column and row of its first pixel in the padded one, and the box that
        this covers.
    """
    size, corner, box = (each.numpy().tolist() for each in letterbox(*sizes))
    return tuple(size[::-1]), tuple(corner[::-1]), tuple(box)
