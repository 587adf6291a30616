"""Keypoints in frames of several calibrated cameras, by a trained `Keypoint3D`."""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.data.recordings import Missing, VideoFrame
from tfkeypoints.data.sessions.ideal import crop_size, cut
from tfkeypoints.data.sessions.ideal import ideal as ideal_image
from tfkeypoints.geometry import camera, crop
from tfkeypoints.inference.images import fit_image, letterbox_of
from tfkeypoints.inference.tracks import Tracks
from tfkeypoints.inference.undistortion import undistorted, undistorted_size

BATCH_SIZE = 8
KEPT = ("keypoints", "points_world", "uv", "confidence", "attention")


class Tracker:
    """Finds the keypoints of frames.

    Images are undistorted, and windows are cut out of them, or they are scaled into the model's size whole and padded
    where their form is another one; intrinsics follow.
    Where the world's origin is far off, as in a survey's coordinates, the model works about the middle of the cameras,
    for its float32 holds no small differences of great numbers.

    Args:
        model: A trained `Keypoint3D`.
        calibration: The cameras.
        image_shape: H, W, C of the training data.
        windows: `[T, V, 4]`, what the model sees of each frame's ideal images: u0, v0, u1, v1; None: all.

    Raises:
        ValueError: If there are more or fewer cameras than the model takes.
    """

    def __init__(
        self,
        model: keras.Model,
        calibration: Calibration,
        image_shape: tuple[int, int, int],
        windows: np.ndarray | None = None,
    ):
        if model.view_encoding != "shared" and len(calibration.names) != model.num_views:
            raise ValueError(
                f"`cameras` should hold the {model.num_views} cameras of the training, in their order: the model has "
                f"view_encoding='{model.view_encoding}'. Received: {', '.join(calibration.names)}"
            )
        self.calibration, self.image_shape = calibration, tuple(image_shape)
        self.stacked = model.view_encoding == "stacked"
        self.detect = tf.function(model.detect)
        local, self.offset = calibration.near_origin()
        self.windows, views = windows, range(len(calibration.names))
        if windows is None:
            sizes = [undistorted_size(calibration, view, *image_shape[:2]) for view in views]
            boxes = [letterbox_of(height, width, *image_shape[:2])[2] for width, height in sizes]
            self.boxes = np.array([boxes], np.float64)
        else:
            sizes = [crop_size(calibration, view, windows[:, view], image_shape[0]) for view in views]
            self.boxes = np.asarray(windows, np.float64)
        self.undistorters = calibration.resized(sizes).undistorters
        self.extrinsics = np.float32(local.extrinsics)

    def prepare(self, view: int, image: Image.Image | VideoFrame, time: int = 0) -> np.ndarray:
        """Makes what the model sees of a camera's image at a time: uint8 `[H, W, C]`. May be called by several threads.

        Raises:
            ValueError: If the image has another size than its camera.
        """
        name, (width, height) = self.calibration.names[view], self.calibration.sizes[view]
        if image.size != (width, height):
            raise ValueError(
                f"Images of camera `{name}` should have {width} × {height} pixels as in the camera file. If they were "
                f"resized, scale its fx, fy, cx, cy, width and height too. Received: {image.width} × {image.height}"
            )
        if self.windows is not None:
            small = ideal_image(image, self.undistorters[view])
            return cut(small, self.windows[time, view], self.image_shape[0])
        ideal = undistorted(image, self.undistorters[view], self.image_shape[2])
        return fit_image(ideal, *self.image_shape)[0]

    def find(self, frames: Sequence[Sequence[np.ndarray | Missing]], first: int = 0) -> Tracks:
        """Finds the keypoints of up to `BATCH_SIZE` frames, each of V prepared images or what stands in for them.

        Args:
            frames: The frames.
            first: The time of the first one.
        """
        times = np.minimum(first + np.arange(BATCH_SIZE), len(self.boxes) - 1)
        boxes = self.boxes[times]
        missing = np.array([[isinstance(image, Missing) for image in images] for images in frames])
        seen = np.zeros((BATCH_SIZE, *missing.shape[1:], *self.image_shape), np.uint8)  # one size: traced once
        for time, view in np.argwhere(~missing):
            seen[time, view] = frames[time][view]
        shape = seen.shape[:2]
        answer = self.detect(
            {
                "image": seen,
                "intrinsics": np.float32(camera.crop(self.calibration.intrinsics, boxes)),
                "extrinsics": np.broadcast_to(self.extrinsics, (*shape, 4, 4)),
            }
        )
        found = {name: np.array(answer[name][: len(frames)]) for name in KEPT}
        if self.stacked:  # one network sees all cameras at once
            missing |= missing.any(1, keepdims=True)
        for name, values in found.items():
            values[missing.any(1) if name == "keypoints" else missing] = np.nan
        for name in ("keypoints", "points_world"):
            found[name] = found[name].astype(np.float64) + self.offset
        whole = crop.to_whole(found["uv"].astype(np.float64), boxes[: len(frames)])
        found["uv"] = whole.numpy().astype(np.float32)
        pixels = np.swapaxes(self.calibration.to_recorded(np.swapaxes(found["uv"], 0, 1)), 0, 1)
        return Tracks(**found, pixels=pixels)
