"""The state from which a killed training goes on."""

from collections.abc import Mapping
from pathlib import Path

import keras

from tfkeypoints.training.checkpoint import Checkpoint


class TrainingCheckpoint(keras.callbacks.Callback):
    """Saves weights, optimiser and random state after every epoch, and restores the newest.

    (`keras.callbacks.BackupAndRestore` keeps weights and epoch in two files, so that a kill between them trains an
    epoch twice, and leaves out the state of the model's random generators.)

    Args:
        folder: Where the checkpoint lies.

    Example:
        >>> checkpoint = TrainingCheckpoint("runs/a/checkpoints")
        >>> model.fit(data, epochs=20, initial_epoch=checkpoint.restore(model), callbacks=[checkpoint])
    """

    def __init__(self, folder: str | Path):
        super().__init__()
        self._checkpoint = Checkpoint(folder, "epoch")

    def restore(self, model: keras.Model) -> int:
        """Loads the newest state into a built and compiled model.

        Returns:
            The number of finished epochs; 0 if there is no state yet.
        """
        epoch = self.finished_epochs()
        variables = self.variables(model)
        if epoch:
            arrays, _ = self._checkpoint.load()
            for variable, array in zip(variables, arrays, strict=True):
                variable.assign(array)
        return epoch

    @staticmethod
    def variables(model: keras.Model) -> list:
        """All that training changes: weights, moving averages, seeds and the optimiser's variables."""
        model.optimizer.build(model.trainable_variables)
        return [*model.variables, *model.optimizer.variables]

    def finished_epochs(self) -> int:
        """Returns the number of epochs behind the newest state."""
        return self._checkpoint.newest()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        self._checkpoint.save(epoch + 1, [variable.numpy() for variable in self.variables(self.model)])
