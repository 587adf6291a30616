"""What the result of a long prediction depends on, so that parts of another one are not taken for its own."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import tfkeypoints
from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.data.recordings import Recording

if TYPE_CHECKING:
    from tfkeypoints.data.recordings.image_sequence import ImageSequence
    from tfkeypoints.data.recordings.video import Video
    from tfkeypoints.inference.image_job import ImageJob


def plan(
    model_file: Path,
    recording: Recording,
    calibration: Calibration,
    image_shape: Sequence[int],
    windows: Mapping | None = None,
    masks: Recording | None = None,
) -> dict:
    """Describes a prediction in a few words and digests, for JSON.

    Two plans are the same if the same version predicts with the same weights from the same images, which are known by
    their names, sizes and times of change, through the same cameras and windows of the same kind.

    Args:
        model_file, recording, calibration, image_shape: What is predicted with and from.
        windows: How the model's windows are found, of the run's configuration.
        masks: The user's, by which they are found.
    """
    arrays = (calibration.sizes, calibration.intrinsics, calibration.extrinsics)
    sources = (*recording.sources, *(masks.sources if masks else ()))
    stats = ((path.resolve(), path.stat()) for source in sources for path in source.files)
    return {
        "version": tfkeypoints.__version__,
        "model": model_digest(model_file),
        "cameras": _digest(calibration.names, calibration.lenses, *(np.asarray(each).tolist() for each in arrays)),
        "files": _digest(*((path, stat.st_size, stat.st_mtime_ns) for path, stat in stats)),
        "frames": _digest(recording.labels, recording.pairs.tobytes(), [_settings(each) for each in recording.sources]),
        "image_shape": list(image_shape),
        "windows": windows and _digest(sorted(windows.items())),
    }


def with_windows(planned: Mapping, boxes: np.ndarray | None) -> dict:
    """A plan that also tells which windows were found, `[T, V, 4]`; None: the whole images."""
    return {**planned, "boxes": None if boxes is None else _digest(boxes.tobytes())}


def plan_of_images(model_file: Path, job: "ImageJob") -> dict:
    """Describes the prediction of images, each by itself: an `ImageJob`; as `plan`."""
    stats = ((path.resolve(), path.stat()) for path in job.paths)
    return {
        "version": tfkeypoints.__version__,
        "model": model_digest(model_file),
        "files": _digest(*((path, stat.st_size, stat.st_mtime_ns) for path, stat in stats)),
        "camera": _digest(job.fov, job.intrinsics),
        "bits": job.bits,
    }


def model_digest(model_file: Path) -> str:
    """What a model's file is known by."""
    return hashlib.sha256(Path(model_file).read_bytes()).hexdigest()


def _settings(source: "ImageSequence | Video") -> tuple[object, ...]:
    return source.size, source.turns, getattr(source, "bits", None), getattr(source, "upright", None)


def _digest(*values: object) -> str:
    digest = hashlib.sha256()
    for value in values:
        digest.update(repr(value).encode() + b"\n")
    return digest.hexdigest()
