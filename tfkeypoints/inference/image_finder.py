"""Finds and draws the keypoints of some of many images, each by itself."""

import math
from collections.abc import Iterator

import numpy as np

from tfkeypoints import visualization
from tfkeypoints.data import recordings
from tfkeypoints.geometry import camera
from tfkeypoints.inference.chunks import Chunks
from tfkeypoints.inference.detections import FIELDS, Detections
from tfkeypoints.inference.image_job import ImageJob
from tfkeypoints.inference.images import detect
from tfkeypoints.inference.steps import Step, Unread
from tfkeypoints.training.run import Run

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

    def find(self, chunks: Chunks, numbers: range) -> Iterator[Step]:
        """Finds and writes chunks of these numbers, and draws their overlays."""
        for number in numbers:
            place = chunks.frames_of(number)
            found, which, opaque = [], [], []
            for done, image_number in enumerate(place, 1):
                unread = ()
                path = self.job.paths[image_number]
                try:
                    image = recordings.read_image(path, self.job.bits)
                except ValueError as error:
                    unread = (Unread(str(path), image_number, f"skipped: {error}"),)
                else:
                    found.append(self._detect(image, self.job.overlays[image_number]))
                    which.append(image_number)
                    opaque.append(image.mode == "RGB" or image.getextrema()[3][0] == 255)
                if done == len(place):
                    chunks.write(number, self._stacked(which, opaque, found))
                yield Step(number, done, unread)

    def _detect(self, image, overlay):
        shape = self.trained_on["shape"][1:]
        keypoints = detect(
            self.model,
            image,
            shape,
            self.trained_on["intrinsics"],
            camera_of(image.size, self.job.fov, self.job.intrinsics),
        )
        draw_overlay(overlay, image, keypoints)
        return keypoints

    def _stacked(self, which, opaque, found):
        shapes = {"uv": (2,), "pixels": (2,), "points_camera": (3,)}
        count = self.model.num_keypoints
        arrays = (
            np.array([getattr(each, name) for each in found]).reshape(-1, count, *shapes.get(name, ()))
            for name in FIELDS
        )
        return Detections(np.array(which, int), np.array(opaque, bool), *arrays)


def camera_of(size, fov, intrinsics):
    """The intrinsics that the options give to an image of a width and height; None if they give none."""
    width, height = size
    if fov is not None:
        return camera.intrinsics_from_fov(math.radians(fov), width / height)
    if intrinsics is not None:
        return camera.intrinsics_from_pixels(*intrinsics, width, height)
    return None


def draw_overlay(path, image, keypoints) -> None:
    """Draws the keypoints of an image over it."""
    size = int(np.clip(max(image.size), *OVERLAY_SIZES))
    drawn = visualization.draw_keypoints(np.asarray(image), keypoints.uv, keypoints.confidence, size=size)
    visualization.save_image(path, drawn)
