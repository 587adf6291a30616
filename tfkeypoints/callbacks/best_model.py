"""The best weights of a run, by one validation metric."""

import math
from pathlib import Path

import keras

from tfkeypoints import files


class BestModel(keras.callbacks.Callback):
    """Saves the model whenever a metric is better than ever before in this run.

    Args:
        path: A `.keras` file.
        monitor: The metric's name in the history, for example `val_angular_error`.
        mode: `"min"` or `"max"`: what is better.
        history: Rows of the epochs that a resumed training has behind it.

    Raises:
        ValueError: If `mode` is another.
    """

    def __init__(self, path: str | Path, monitor: str, mode: str = "min", history: list[dict[str, float]] = ()):
        super().__init__()
        if mode not in ("min", "max"):
            raise ValueError(f"`mode` should be 'min' or 'max'. Received: mode={mode!r}")
        self.path = Path(path)
        self.monitor = monitor
        self._sign = 1.0 if mode == "min" else -1.0
        known = [self._sign * row[monitor] for row in history]
        self._best = min((value for value in known if not math.isnan(value)), default=math.inf)

    def on_epoch_end(self, epoch, logs=None):
        value = self._sign * logs[self.monitor]
        if value < self._best:
            self._best = value
        elif self.path.exists():
            return
        with files.whole(self.path) as partial:
            self.model.save(partial)
