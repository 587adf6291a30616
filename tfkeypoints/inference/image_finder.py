"""Finds and draws the keypoints of some of many images, each by itself."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tfkeypoints import visualization
from tfkeypoints.data import recordings
from tfkeypoints.geometry import camera
from tfkeypoints.inference.chunks import Chunks
from tfkeypoints.inference.cutout import cut_out
from tfkeypoints.inference.detections import FIELDS, Detections
from tfkeypoints.inference.familiarity import familiarity_of
from tfkeypoints.inference.image_job import ImageJob
from tfkeypoints.inference.images import Detection, ask, window_about
from tfkeypoints.inference.steps import Step, Unread
from tfkeypoints.training.run import Run

if TYPE_CHECKING:
    import tensorflow as tf
    from PIL import Image


OVERLAY_SIZES = (256, 1024)
"""Least and greatest longer side of an overlay, in pixels."""


class ImageFinder:
    """Finds chunks of images.

    Args:
        job: What to find.
    """

    def __init__(self, job: ImageJob):
        run = Run.open(job.run)
        self.job, self.model, self.trained_on = job, run.load_model(), run.config["images"]
        self.known = familiarity_of(run, self.model)

    def find(self, chunks: Chunks, numbers: range) -> Iterator[Step]:
        """Finds and writes chunks of these numbers, and draws their overlays."""
        for number in numbers:
            place = chunks.frames_of(number)
            found = []
            for done, image_number in enumerate(place, 1):
                unread: tuple[Unread, ...] = ()
                path = self.job.paths[image_number]
                try:
                    image = recordings.read_image(path, self.job.bits)
                except ValueError as error:
                    unread = (Unread(str(path), image_number, f"skipped: {error}"),)
                else:
                    found.append((image_number, *self._detect(image, self.job.overlays[image_number])))
                if done == len(place):
                    chunks.write(number, self._stacked(found))
                yield Step(number, done, unread)

    def _detect(self, image: "Image.Image", overlay: Path) -> tuple[bool, str, float, Detection]:
        """Whether the image was cut out, or why not, how unfamiliar it is, and its keypoints; draws these."""
        shape = self.trained_on["shape"][1:]
        given = camera_of(image.size, self.job.fov, self.job.intrinsics)
        seen, window, whole = image, None, ""
        if shape[-1] == 4 and _is_opaque(image):
            try:
                seen = cut_out(image)
            except ValueError as error:
                whole = str(error)
            else:
                window = window_about(seen, self.known.fill) if self.known and given is None else None
        keypoints, pixels, spread = ask(self.model, seen, shape, self.trained_on["intrinsics"], given, window)
        draw_overlay(overlay, seen, keypoints)
        unfamiliarity = self.known.unfamiliarity(spread[None], pixels[None])[0] if self.known else np.nan
        return seen is not image, whole, unfamiliarity, keypoints

    def _stacked(self, found: Sequence[tuple[int, bool, str, float, Detection]]) -> Detections:
        which, cut, whole, unfamiliarity, keypoints = zip(*found, strict=True) if found else [()] * 5
        shapes = {"uv": (2,), "pixels": (2,), "points_camera": (3,)}
        count = self.model.num_keypoints
        arrays = (
            np.array([getattr(each, name) for each in keypoints]).reshape(-1, count, *shapes.get(name, ()))
            for name in FIELDS
        )
        told = np.array(which, int), np.array(cut, bool), np.array(whole, str), np.array(unfamiliarity, float)
        return Detections(*told, *arrays)


def _is_opaque(image: "Image.Image") -> bool:
    return image.mode == "RGB" or image.getextrema()[3][0] == 255


def camera_of(size: tuple[int, int], fov: float | None, intrinsics: Sequence[float] | None) -> "tf.Tensor | None":
    """The intrinsics that the options give to an image of a width and height; None if they give none."""
    width, height = size
    if fov is not None:
        return camera.intrinsics_from_fov(math.radians(fov), width / height)
    if intrinsics is not None:
        fx, fy, cx, cy = intrinsics
        return camera.intrinsics_from_pixels(fx, fy, cx, cy, width, height)
    return None


def draw_overlay(path: Path, image: "Image.Image", keypoints: Detection) -> None:
    """Draws the keypoints of an image over it."""
    size = int(np.clip(max(image.size), *OVERLAY_SIZES))
    drawn = visualization.draw_keypoints(np.asarray(image), keypoints.uv, keypoints.confidence, size=size)
    visualization.save_image(path, drawn)
