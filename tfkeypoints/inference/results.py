"""The files that are written of the keypoints of a recording. None needs all of them in memory."""

import csv
import itertools
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from tfkeypoints import files
from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.inference.found import lens_arrays
from tfkeypoints.inference.parts import Parts
from tfkeypoints.inference.tracks import FIELDS, Tracks, joined
from tfkeypoints.metrics import collapse
from tfkeypoints.metrics.consistency import view_disagreement
from tfkeypoints.visualization.scene_page import write_scene_page

ALARM_FRAMES = 1000
"""Frames, evenly spread, that alarms are raised on."""
PAGE_FRAMES = 3000
"""Frames, evenly spread, that a page in 3D shows at most: of 24 keypoints a megabyte."""


def write_csv(
    path: str | Path,
    labels: Sequence[int | str],
    parts: Parts,
    cameras: Sequence[str],
    more: Mapping[str, np.ndarray] | None = None,
    names: Sequence[str] | None = None,
) -> None:
    """Writes a row a frame and keypoint: frame, keypoint, x, y, z, what else there is, and each camera's pixel and
    confidence.

    Places have six digits after those that all of them share, as in a world whose origin is far away.

    Args:
        path: The file.
        labels: T frames.
        parts: Tracks of the T frames, in parts one after another.
        cameras: V names.
        more: Further columns, `[T, K]` each.
        names: K names, which stand in the place of numbers.
    """
    more = more or {}
    seen = [f"{column}_{camera}" for camera in cameras for column in ("x_pixel", "y_pixel", "confidence")]
    digits = _digits(parts)
    row = ",".join(["{}", "{}", *[f"{{:.{digits}g}}"] * 3, *["{:.6g}"] * (len(more) + len(seen))]) + "\r\n"
    left, first = iter(labels), 0
    with files.whole(path) as partial, open(partial, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["frame", "name" if names else "keypoint", "x", "y", "z", *more, *seen])
        for tracks in parts:
            per_view = np.concatenate([tracks.pixels, tracks.confidence[..., None]], -1)
            others = [values[first : first + len(tracks), :, None] for values in more.values()]
            table = np.concatenate([tracks.keypoints, *others, *np.moveaxis(per_view, 1, 0)], -1).tolist()
            for label, rows in zip(itertools.islice(left, len(tracks)), table, strict=True):
                written = _quoted(label)
                file.writelines(
                    row.format(written, k, *values) for k, values in zip(names or range(len(rows)), rows, strict=True)
                )
            first += len(tracks)


def write_npz(
    path: str | Path,
    labels: Sequence[int | str],
    parts: Parts,
    calibration: Calibration,
    more: Mapping[str, np.ndarray] | None = None,
) -> None:
    """Writes `frames` `[T]`, every field of `Tracks`, and the cameras.

    Args:
        path: The file.
        labels: T frames.
        parts: Tracks of the T frames, in parts one after another; at least one.
        calibration: The cameras.
        more: Further arrays.
    """
    whole = {
        "frames": np.array(labels),
        **(more or {}),
        "camera_names": np.array(calibration.names),
        "camera_sizes": calibration.sizes,
        "intrinsics": calibration.intrinsics,
        "extrinsics": calibration.extrinsics,
        **lens_arrays(calibration),
    }
    with files.whole(path) as partial, zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, values in whole.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, np.asanyarray(values), allow_pickle=False)
        for name in FIELDS:
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                for number, tracks in enumerate(parts):
                    values = np.ascontiguousarray(getattr(tracks, name))
                    if not number:
                        header = np.lib.format.header_data_from_array_1_0(values)
                        np.lib.format.write_array_header_1_0(file, header | {"shape": (len(labels), *values.shape[1:])})
                    file.write(values.data)


def write_page(
    path: str | Path,
    labels: Sequence[int | str],
    parts: Parts,
    calibration: Calibration,
    fps: float,
    video: str | None = None,
    tiles: np.ndarray | None = None,
) -> bool:
    """Writes a page in 3D of up to `PAGE_FRAMES` frames.

    Args:
        path: File ending in .html.
        labels: T frames.
        parts: Tracks of the T frames, in parts one after another.
        calibration: The cameras.
        fps: Frames a second of the T.
        video, tiles: As in `write_scene_page`.

    Returns:
        Whether it did: not where no frame is known.
    """
    apart = -(-len(labels) // PAGE_FRAMES)
    chosen, first = [], 0
    for tracks in parts:
        chosen.append(tracks.keypoints[-first % apart :: apart])
        first += len(tracks)
    keypoints = np.concatenate(chosen)
    if np.isnan(keypoints).all():
        return False
    write_scene_page(
        path,
        keypoints,
        None,
        calibration.intrinsics,
        calibration.extrinsics,
        unit="unit of the camera file",
        fps=fps / apart,
        camera_names=calibration.names,
        frame_names=labels[::apart],
        video=video,
        tiles=tiles,
    )
    return True


def disagreement(parts: Parts) -> float:
    """Measures how far the cameras' points lie from their mean: `view_disagreement`, the mean of all whole frames."""
    known = (tracks[tracks.known] for tracks in parts)
    apart = [view_disagreement(tracks.points_world) for tracks in known if len(tracks)]
    return float(np.concatenate(apart).mean()) if apart else np.nan


def alarms(parts: Parts, calibration: Calibration) -> list[str]:
    """Raises the alarms of `metrics.collapse.alarms` that need no images, for frames without NaN: a sentence each."""
    stride = max(1, sum(len(tracks) for tracks in parts) // ALARM_FRAMES)
    tracks = joined([tracks[tracks.known][::stride] for tracks in parts])
    if not len(tracks):
        return []
    cameras = (
        np.broadcast_to(values, (len(tracks), *values.shape))
        for values in (calibration.intrinsics, calibration.extrinsics)
    )
    return collapse.alarms(tracks.keypoints, tracks.points_world, tracks.uv, tracks.attention, *cameras)


def _digits(parts: Iterable[Tracks]) -> int:
    """Six significant digits, and one more for each power of ten that the points lie farther off than they reach."""
    ends = []
    for tracks in parts:
        points = tracks.keypoints[np.isfinite(tracks.keypoints).all(-1)]
        if len(points):
            ends += [points.min(0), points.max(0)]
    far, reach = (np.abs(ends).max(), np.ptp(ends, axis=0).max()) if ends else (0, 0)
    return int(np.clip(6 + np.ceil(np.log10(far / reach)), 6, 15)) if far and reach else 15


def _quoted(label: int | str) -> str:
    """A label as CSV wants it."""
    text = str(label)
    return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in ',"\r\n') else text
