"""Apache Parquet: a row a frame and point, read in pieces by pyarrow, pandas, DuckDB, Spark and others.

Each column's metadata tells unit and axes; the table's, under `tfkeypoints`, the cameras as JSON. What is unknown is
null.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tfkeypoints import __version__, files
from tfkeypoints.interchange.poses import Layout, Poses

if TYPE_CHECKING:
    import pyarrow


NAME = "Parquet"
PACKAGES = {"pyarrow": "interchange"}
GROUP_FRAMES = 4096
"""Frames of a row group, the least that is read at a time; statistics tell which frames it holds."""


def needs(layout: Layout) -> None:
    """Nothing."""


def write_pieces(stem: Path, pieces: Iterable[Poses]) -> list[Path]:
    """Writes `NAME.parquet`, and holds little more than a row group in memory."""
    import pyarrow.parquet as parquet

    path = stem.with_suffix(".parquet")
    writer = None
    with files.whole(path) as partial:
        try:
            for table in _groups(map(_table, pieces)):
                writer = writer or parquet.ParquetWriter(partial, table.schema, compression="zstd")
                writer.write_table(table, row_group_size=len(table))
        finally:
            if writer:
                writer.close()
    return [path]


def _table(poses: Poses) -> "tuple[pyarrow.Table, int]":
    """The rows of some frames, and how many there are of each frame."""
    import pyarrow as pa

    layout, (frames, points) = poses.layout, poses.points.shape[:2]
    length = {"unit": layout.unit or "unit of the camera file", "axes": "world of the camera file"}
    pixels = {"unit": "pixel", "axes": "image as recorded, x right, y down; centre of its first pixel (0, 0)"}
    columns = [
        ("frame", np.repeat(np.array(layout.frames), points), {"meaning": "number or name in keypoints.csv"}),
        ("point", pa.array(list(poses.names) * frames).dictionary_encode(), {}),
        *((name, poses.points[..., axis].ravel(), length) for axis, name in enumerate("xyz")),
        ("error", poses.error.ravel(), {"unit": "pixel", "meaning": "mean reprojection error of cameras that agree"}),
        ("ncams", poses.ncams.ravel().astype(np.int16), {"meaning": "cameras that agree"}),
        ("score", poses.score.ravel(), {"unit": "1", "meaning": "mean confidence of the cameras"}),
    ]
    if layout.times is not None:
        columns.insert(1, ("time", np.repeat(layout.times, points), {"unit": "s"}))
    for view, camera in enumerate(layout.calibration.names):
        for axis, name in enumerate("xy"):
            columns.append((f"{name}_pixel_{camera}", poses.pixels[:, view, :, axis].ravel(), pixels))
        columns.append((f"confidence_{camera}", poses.confidence[:, view].ravel(), {"unit": "1"}))
    arrays = [
        values if isinstance(values, pa.Array) else pa.array(values, from_pandas=True) for _, values, _ in columns
    ]
    fields = [pa.field(name, array.type, metadata=told) for (name, _, told), array in zip(columns, arrays, strict=True)]
    schema = pa.schema(fields, {"tfkeypoints": json.dumps(_described(layout))})
    return pa.Table.from_arrays(arrays, schema=schema), points


def _groups(tables: Iterable) -> Iterator:
    """The same rows in tables of `GROUP_FRAMES` frames."""
    import pyarrow as pa

    held = None
    for table, points in tables:
        held = table if held is None else pa.concat_tables([held, table])
        rows = GROUP_FRAMES * points
        while len(held) >= rows:
            yield held.slice(0, rows).unify_dictionaries()
            held = held.slice(rows)
    if held is not None and len(held):
        yield held.unify_dictionaries()


def _described(layout: Layout) -> dict[str, Any]:
    rig = layout.calibration
    return {
        "version": __version__,
        "length_unit": layout.unit,
        "extrinsics": "world to camera; camera axes x right, y down, z forward",
        "cameras": {
            name: {
                "size": size,
                "matrix": matrix,
                "extrinsics": extrinsics,
                "lens": lens.kind,
                "coefficients": list(lens.coefficients),
            }
            for name, size, matrix, extrinsics, lens in zip(
                rig.names,
                rig.sizes.tolist(),
                np.asarray(rig.matrices).tolist(),
                np.asarray(rig.extrinsics).tolist(),
                rig.lenses,
                strict=True,
            )
        },
    }
