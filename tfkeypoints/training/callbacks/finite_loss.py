"""An end to trainings that have diverged."""

import math

import keras


class FiniteLoss(keras.callbacks.Callback):
    """Stops the training with an error if a term was NaN or infinite in an epoch.

    Callbacks after this one do not see that epoch, so that what they saved stays good.
    """

    def on_epoch_end(self, epoch, logs=None):
        bad = [name for name, value in logs.items() if not math.isfinite(value)]
        if bad:
            raise ValueError(
                f"The training diverged in epoch {epoch + 1}: {', '.join(bad)} not finite. "
                "A lower learning rate may help"
            )
