"""The history of a run as CSV, which a resumed training goes on writing."""

from collections.abc import Mapping
from pathlib import Path

import keras

from tfkeypoints.training.run import read_history, write_history


class RunHistory(keras.callbacks.Callback):
    """Writes one row an epoch: `epoch` (from 1), `step`, and every loss and metric.

    A training that was killed after the row but before its checkpoint does that epoch again: rows of epochs that are
    not finished are dropped at the start, so that no epoch is missing or there twice.

    Args:
        path: The CSV file.
        finished_epochs: How many epochs a resumed training has behind it.
    """

    def __init__(self, path: str | Path, finished_epochs: int = 0):
        super().__init__()
        self.path = Path(path)
        self.rows = [row for row in read_history(path) if row["epoch"] <= finished_epochs]

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        self.rows.append({"epoch": epoch + 1, "step": (epoch + 1) * self.params["steps"], **(logs or {})})
        write_history(self.path, self.rows)
