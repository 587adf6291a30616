"""Files of pictures and animations."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from tfkeypoints.arguments import check_positive
from tfkeypoints.files import whole
from tfkeypoints.visualization.video import has_video, video_writer

_log = logging.getLogger(__name__)


def save_image(path: str | Path, picture: ArrayLike) -> Path:
    """Writes a uint8 RGB picture `[H, W, 3]`; the suffix chooses the format. Returns the path."""
    path = Path(path)
    picture = np.asarray(picture)
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[-1] != 3:
        raise ValueError(f"`picture` must be uint8 [H, W, 3]. Received: {picture.dtype} {list(picture.shape)}")
    with whole(path) as temporary:
        Image.fromarray(picture).save(temporary)
    return path


def write_animation(path: str | Path, frames: Sequence[np.ndarray] | np.ndarray, fps: float = 24) -> Path:
    """Writes frames as an MP4 video (H.264) or as a GIF that repeats.

    Args:
        path: File ending in .mp4 or .gif.
        frames: `[F, H, W, 3]` uint8 RGB.
        fps: Frames a second.

    Returns:
        The path written: that given, or the same with suffix .gif where PyAV is not installed for an MP4.

    Raises:
        ValueError: If the suffix is another or the frames do not fit.
    """
    path, frames = Path(path), np.asarray(frames)
    if path.suffix not in (".mp4", ".gif"):
        raise ValueError(f"`path` must end in .mp4 or .gif. Received: path={path}")
    if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[-1] != 3 or not len(frames):
        raise ValueError(f"`frames` must be uint8 [F, H, W, 3]. Received: {frames.dtype} {list(frames.shape)}")
    check_positive(fps=fps)
    if path.suffix == ".mp4" and not has_video():
        _log.warning("No PyAV found (pip install 'tfkeypoints[video]'): writing %s instead", path.with_suffix(".gif"))
        path = path.with_suffix(".gif")
    if path.suffix == ".gif":
        with whole(path) as temporary:
            _write_gif(temporary, frames, fps)
        return path
    with video_writer(path, fps) as write:
        for frame in frames:
            write(frame)
    return path


def _write_gif(path: Path, frames: Sequence[np.ndarray] | np.ndarray, fps: float) -> None:
    """Writes all frames in one palette, so that still parts do not flicker."""
    shared = Image.fromarray(np.concatenate(frames[:: max(1, len(frames) // 8)])).quantize(256)
    pictures = [Image.fromarray(frame).quantize(palette=shared, dither=Image.Dither.NONE) for frame in frames]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=max(20, round(1000 / fps)), loop=0)
