"""An end to trainings that have diverged."""

import math
from collections.abc import Mapping

import keras


class FiniteLoss(keras.callbacks.Callback):
    """Stops the training with an error if a term was NaN or infinite in an epoch.

    Callbacks after this one do not see that epoch, so that what they saved stays good.
    """

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        bad = [name for name, value in (logs or {}).items() if not math.isfinite(value)]
        if bad:
            raise ValueError(
                f"The training diverged in epoch {epoch + 1}: {', '.join(bad)} not finite. "
                "A lower learning rate may help"
            )
