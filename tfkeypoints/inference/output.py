"""All files of the points of a recording: this library's own, those of named points, and those for other programs."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from tfkeypoints.inference.agreement import agreement
from tfkeypoints.inference.named import NamedParts, smoothed_column, write_named
from tfkeypoints.inference.parts import Parts
from tfkeypoints.inference.poses import poses_of
from tfkeypoints.inference.results import write_csv, write_npz
from tfkeypoints.inference.smoothing import SmoothedParts, smoothed
from tfkeypoints.interchange import writing
from tfkeypoints.interchange.poses import Layout
from tfkeypoints.labels.names import FILE, Names, read_names


def names_of(folder: Path, model: str) -> Names | None:
    """The names that a run's keypoints were given; None if there are none, or none that the keypoints tell.

    Names that were given to other weights are told and left out.

    Args:
        folder: Where the run keeps them.
        model: Digest of the run's model.

    Raises:
        ValueError: If the file of names is damaged.
    """
    path = Path(folder) / FILE
    if not path.exists():
        return None
    names = read_names(path)
    if names.model != model:
        print(f"{path} names keypoints of other weights, left out: label a prediction of these", file=sys.stderr)
        return None
    return names if names.known else None


def write_results(
    out: Path,
    layout: Layout,
    parts: Parts,
    names: Names | None,
    planned: Mapping,
    also: Sequence[str],
    smooth: float | None,
) -> Parts:
    """Writes `keypoints.npz`, `keypoints.csv`, with names `named.csv`, and the formats that were asked for.

    Smoothed points stand in all of them; those as they were found stay in `keypoints.npz`.

    Args:
        out: The folder.
        layout: The recording.
        parts: Tracks of its T frames, in parts one after another.
        names: Of the points that the keypoints tell; these go into the other formats in their place.
        planned: What the prediction depends on (`inference.plan`).
        also: Formats of `interchange`.
        smooth: Cut-off frequency in Hz, as in `smoothed`; None leaves points as they were found.

    Returns:
        The parts, smoothed if that was asked for.
    """
    calibration, found, hertz, filtered = layout.calibration, parts, None, {}
    if smooth is not None:
        points, hertz = smoothed(np.concatenate([part.keypoints for part in found]), layout.seconds, smooth)
        parts, filtered = SmoothedParts(found, points), {"smoothed": points, "smoothed_hz": hertz}
    error, ncams = (np.concatenate(each) for each in zip(*(agreement(p, calibration) for p in parts), strict=True))
    measured = {"error": error, "ncams": ncams}
    told = {**measured, **smoothed_column(hertz, error.shape)}
    (out / "named.csv").unlink(missing_ok=True)  # of names that the keypoints may have had before
    named = write_named(out, layout.frames, parts, calibration, names, hertz) if names else {}
    more = {
        "source_frames": layout.source_frames,
        "source_names": layout.source_names,
        "model": np.array(planned["model"]),
        "plan": np.array(json.dumps(planned)),
        **({} if layout.times is None else {"times": layout.times}),
        **measured,
        **filtered,
        **named,
    }
    write_npz(out / "keypoints.npz", layout.frames, found, calibration, more)
    write_csv(out / "keypoints.csv", layout.frames, parts, calibration.names, told)
    shown = NamedParts(parts, calibration, names.weights) if names else parts
    known = names.known if names else None
    for path in writing.write(also, out / ("named" if names else "keypoints"), lambda: poses_of(layout, shown, known)):
        print(path)
    return parts
