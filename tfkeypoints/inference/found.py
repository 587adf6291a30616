"""A finished prediction of a recording, read back."""

import dataclasses
import json
import zipfile
from pathlib import Path

import numpy as np

from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.lens import COUNTS, Lens
from tfkeypoints.inference.tracks import FIELDS, Tracks

LONGEST = max(max(counts) for counts in COUNTS.values())


@dataclasses.dataclass(frozen=True)
class Found:
    """What `keypoints.npz` holds.

    Attributes:
        frames: T numbers or names of frames.
        tracks: Of the T frames.
        calibration: V cameras.
        source_frames: int `[T, V]`, each camera's own number of the frame; -1 where it has none.
        source_names: `[T, V]` names of its images; empty where it has a video, or none.
        model: Digest of the model's file.
        plan: What the prediction depended on (`inference.plan`); None in files of before.
        smoothed: `[T, K, 3]`, the smoothed keypoints, and `[T]`, at how many Hz; None if they were not asked for.
    """

    frames: tuple[int | str, ...]
    tracks: Tracks
    calibration: Calibration
    source_frames: np.ndarray
    source_names: np.ndarray
    model: str
    plan: dict | None = None
    smoothed: tuple[np.ndarray, np.ndarray] | None = None


def lens_arrays(calibration: Calibration) -> dict[str, np.ndarray]:
    """The lenses as arrays: `lens_kinds` `[V]`, and `lens_coefficients` `[V, 14]`, filled up by zeros."""
    coefficients = np.zeros((len(calibration.lenses), LONGEST))
    for row, lens in zip(coefficients, calibration.lenses, strict=True):
        row[: len(lens.coefficients)] = lens.coefficients
    return {"lens_kinds": np.array([lens.kind for lens in calibration.lenses]), "lens_coefficients": coefficients}


def read_found(path: Path) -> Found:
    """Reads `keypoints.npz`.

    Raises:
        ValueError: If there is none, or it is of a KeypointNet, or of a version that did not write all this.
    """
    try:
        with np.load(path) as arrays:
            lenses = [
                Lens(kind, tuple(row[: max(COUNTS[kind])]))
                for kind, row in zip(arrays["lens_kinds"].tolist(), arrays["lens_coefficients"].tolist(), strict=True)
            ]
            calibration = Calibration(
                names=tuple(arrays["camera_names"].tolist()),
                sizes=arrays["camera_sizes"],
                intrinsics=arrays["intrinsics"],
                extrinsics=arrays["extrinsics"],
                lenses=tuple(lenses),
            )
            return Found(
                frames=tuple(arrays["frames"].tolist()),
                tracks=Tracks(**{name: arrays[name] for name in FIELDS}),
                calibration=calibration,
                source_frames=arrays["source_frames"],
                source_names=arrays["source_names"],
                model=str(arrays["model"]),
                plan=json.loads(str(arrays["plan"])) if "plan" in arrays else None,
                smoothed=(arrays["smoothed"], arrays["smoothed_hz"]) if "smoothed" in arrays else None,
            )
    except FileNotFoundError as error:
        raise ValueError(f"`prediction` should be a folder with keypoints.npz. Received: {path.parent}") from error
    except (KeyError, zipfile.BadZipFile, ValueError) as error:
        raise ValueError(
            f"`prediction` should be what this version of `predict` found in a recording: predict again. "
            f"Received: {path}: {error}"
        ) from error


def finished(path: Path, planned: dict) -> Found | None:
    """Reads `keypoints.npz` if it is of this very plan; None if there is none, or it is another one's."""
    try:
        found = read_found(path)
    except ValueError:
        return None
    return found if found.plan == planned else None
