"""Example images of the model's kind, which lie beside an exported model for people who try it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tfkeypoints import files

FOLDER = "examples"
FILE = "examples.json"
COUNT = 4
"""Examples of a model."""


def write(folder: str | Path, examples: Sequence[Mapping[str, np.ndarray]]) -> None:
    """Writes examples beside an exported model: PNG files, and their cameras in one file; nothing where there are none.

    Args:
        folder: Of the model, NAME/VERSION.
        examples: Each with `image` uint8 `[V, H, W, C]`, `intrinsics` `[V, 3, 3]` and `extrinsics` `[V, 4, 4]`.
    """
    rows = []
    for number, example in enumerate(examples):
        names = [f"{number}_{view}.png" for view in range(len(example["image"]))]
        for name, pixels in zip(names, example["image"], strict=True):
            with files.whole(Path(folder) / FOLDER / name) as partial:
                Image.fromarray(pixels).save(partial, optimize=True)
        cameras = {key: np.asarray(example[key]).tolist() for key in ("intrinsics", "extrinsics")}
        rows.append({"images": names, **cameras})
    if rows:
        files.write_json(Path(folder) / FOLDER / FILE, rows)


def read(folder: str | Path) -> list[dict[str, Any]]:
    """Reads the examples of an exported model: `images`, names in its folder, `intrinsics` and `extrinsics` of each."""
    path = Path(folder) / FOLDER / FILE
    return files.read_json(path) if path.is_file() else []
