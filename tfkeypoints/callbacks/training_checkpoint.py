"""The state from which a killed training goes on."""

import re
from pathlib import Path

import keras
import numpy as np

from tfkeypoints import files


class TrainingCheckpoint(keras.callbacks.Callback):
    """Saves weights, optimiser and random state after every epoch, and restores the newest.

    The epoch stands in the file's name, and the file appears under that name only when it is whole. A process killed
    at any moment therefore leaves either the old state or the new one. (`keras.callbacks.BackupAndRestore` keeps
    weights and epoch in two files, so that a kill between them trains an epoch twice, and leaves out the state of the
    model's random generators.)

    Args:
        folder: Where the checkpoint lies.

    Example:
        >>> checkpoint = TrainingCheckpoint("runs/a/checkpoints")
        >>> model.fit(data, epochs=20, initial_epoch=checkpoint.restore(model), callbacks=[checkpoint])
    """

    def __init__(self, folder: str | Path):
        super().__init__()
        self.folder = Path(folder)

    def restore(self, model: keras.Model) -> int:
        """Loads the newest state into a built and compiled model.

        Returns:
            The number of finished epochs; 0 if there is no state yet.
        """
        model.optimizer.build(model.trainable_variables)
        epoch = self.finished_epochs()
        if epoch:
            with np.load(self._path(epoch)) as arrays:
                for variable, array in zip(_variables(model), arrays.values(), strict=True):
                    variable.assign(array)
        return epoch

    def finished_epochs(self) -> int:
        """Returns the number of epochs behind the newest state."""
        names = (re.fullmatch(r"epoch_(\d+)\.npz", path.name) for path in self.folder.glob("epoch_*"))
        return max((int(name[1]) for name in names if name), default=0)

    def on_epoch_end(self, epoch, logs=None):
        with files.whole(self._path(epoch + 1)) as partial:
            np.savez(partial, *(variable.numpy() for variable in _variables(self.model)))
        for path in set(self.folder.iterdir()) - {self._path(epoch + 1)}:
            path.unlink()

    def _path(self, epoch: int) -> Path:
        return self.folder / f"epoch_{epoch:05d}.npz"


def _variables(model: keras.Model) -> list:
    """All that training changes: weights, moving averages, seeds and the optimiser's variables."""
    return [*model.variables, *model.optimizer.variables]
