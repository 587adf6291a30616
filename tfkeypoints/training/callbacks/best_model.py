"""The best weights of a run, by one validation metric."""

import math
from collections.abc import Mapping, Sequence

import keras

from tfkeypoints.arguments import check_choice
from tfkeypoints.training.run import Run


class BestModel(keras.callbacks.Callback):
    """Saves the model whenever a metric is better than ever before in this run.

    Args:
        run: Whose model it is.
        monitor: The metric's name in the history, for example `val_angular_error`.
        mode: `"min"` or `"max"`: what is better.
        history: Rows of the epochs that a resumed training has behind it.

    Raises:
        ValueError: If `mode` is another.
    """

    def __init__(self, run: Run, monitor: str, mode: str = "min", history: Sequence[Mapping[str, float]] = ()):
        super().__init__()
        check_choice(("min", "max"), mode=mode)
        self.run = run
        self.monitor = monitor
        self._sign = 1.0 if mode == "min" else -1.0
        known = [self._sign * row[monitor] for row in history]
        self._best = min((value for value in known if not math.isnan(value)), default=math.inf)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        value = self._sign * (logs or {})[self.monitor]
        if value < self._best:
            self._best = value
        elif self.run.model_file.exists():
            return
        self.run.save_model(self.model)
