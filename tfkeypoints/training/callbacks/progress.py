"""Progress of a training on the terminal."""

import sys
from collections.abc import Mapping

import keras
from tqdm import tqdm


class Progress(keras.callbacks.Callback):
    """One bar over the whole training, with the loss terms and the time left, and the numbers after each validation.

    Args:
        steps_per_epoch, epochs: Length of the whole training.
        finished_epochs: How many epochs a resumed training has behind it.
    """

    def __init__(self, steps_per_epoch: int, epochs: int, finished_epochs: int = 0):
        super().__init__()
        self.steps_per_epoch = steps_per_epoch
        self.epochs = epochs
        self.finished_epochs = finished_epochs
        self._bar: tqdm = None

    def on_train_begin(self, logs: Mapping[str, float] | None = None) -> None:
        if self.finished_epochs:
            tqdm.write(f"resumed after step {self.finished_epochs * self.steps_per_epoch}")
        self._bar = tqdm(
            total=self.epochs * self.steps_per_epoch,
            initial=self.finished_epochs * self.steps_per_epoch,
            unit="step",
            dynamic_ncols=True,
            mininterval=0.5 if sys.stderr.isatty() else 30.0,
        )

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        if self._bar.update():
            self._bar.set_postfix_str(_terms(logs))

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        known = logs or {}
        training = {name: value for name, value in known.items() if not name.startswith("val_")}
        validation = {name.removeprefix("val_"): value for name, value in known.items() if name.startswith("val_")}
        tqdm.write(
            f"step {(epoch + 1) * self.steps_per_epoch}/{self.epochs * self.steps_per_epoch}\n"
            f"  training    {_terms(training)}\n  validation  {_terms(validation)}"
        )

    def on_train_end(self, logs: Mapping[str, float] | None = None) -> None:
        self._bar.close()


def _terms(logs: Mapping[str, float] | None) -> str:
    return "  ".join(f"{name} {float(value):.4g}" for name, value in (logs or {}).items())
