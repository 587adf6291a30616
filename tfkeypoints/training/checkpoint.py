"""The state from which a killed training goes on. NumPy only."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tfkeypoints import files


class Checkpoint:
    """The newest state of a training: one file, which is whole or absent.

    How far the training was stands in the file's name. A process killed at any moment therefore leaves either the old
    state or the new one.

    Args:
        folder: Where it lies; nothing else should.
        unit: What is counted, such as "epoch".
    """

    def __init__(self, folder: str | Path, unit: str):
        self.folder, self.unit = Path(folder), unit

    def newest(self) -> int:
        """Returns the number of units behind the newest state, 0 if there is none."""
        return max(self._files(), default=0)

    def save(self, number: int, arrays: Sequence[np.ndarray], state: Any = None) -> None:
        """Writes arrays and a JSON-able state, and removes what was there before."""
        path = self.folder / f"{self.unit}_{number:05d}.npz"
        with files.whole(path) as partial:
            np.savez(partial, *arrays, state=json.dumps(state))
        for old in set(self.folder.iterdir()) - {path}:
            old.unlink()

    def load(self) -> tuple[list[np.ndarray], Any]:
        """Returns the newest arrays and state.

        Raises:
            ValueError: If there are none.
        """
        if not self.newest():
            raise ValueError(f"`folder` should hold a checkpoint. Received: folder={self.folder}, without one")
        with np.load(self._files()[self.newest()]) as saved:
            names = [name for name in saved.files if name != "state"]
            return [saved[name] for name in names], json.loads(str(saved.get("state", "null")))

    def _files(self) -> dict[int, Path]:
        return {int(path.stem.removeprefix(f"{self.unit}_")): path for path in self.folder.glob(f"{self.unit}_*.npz")}
