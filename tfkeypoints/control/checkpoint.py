"""The state from which a killed training of a policy goes on."""

import json
import re

import numpy as np

from tfkeypoints import files


class Checkpoint:
    """The newest state of a training: one file, which is whole or absent.

    Args:
        folder: Where it lies.
    """

    def __init__(self, folder):
        self.folder = folder

    def newest(self):
        """Returns the number of updates behind the newest state, 0 if there is none."""
        names = (re.fullmatch(r"update_(\d+)\.npz", path.name) for path in self.folder.glob("update_*.npz"))
        return max((int(name[1]) for name in names if name), default=0)

    def save(self, update, arrays, state):
        """Writes a list of arrays and a JSON-able state, and removes what was there before."""
        path = self._path(update)
        with files.whole(path) as partial:
            np.savez(partial, *arrays, state=json.dumps(state))
        for old in set(self.folder.iterdir()) - {path}:
            old.unlink()

    def load(self):
        """Returns the newest arrays and state; None if there are none."""
        update = self.newest()
        if not update:
            return None
        with np.load(self._path(update)) as saved:
            arrays = [saved[name] for name in saved.files if name != "state"]
            return arrays, json.loads(str(saved["state"]))

    def _path(self, update):
        return self.folder / f"update_{update:07d}.npz"
