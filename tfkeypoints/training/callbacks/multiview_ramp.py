"""When views are asked to agree."""

from collections.abc import Mapping

import keras


class MultiviewRamp(keras.callbacks.Callback):
    """Raises the weight of `Keypoint3D`'s multi-view term from nothing to its full value, between two training steps.

    ramp(step) = clip((step - start) / (end - start), 0, 1)

    Asked to agree from the first step, with a large weight, the points of all views freeze in one place: that is where
    they agree best. Asked later, they already move. The validation loss always has the full weight, so that it can be
    compared over the training.

    Args:
        start, end: Steps (batches seen in all) between which the weight rises.

    Raises:
        ValueError: If the steps are out of order.

    Example:
        >>> model.fit(frames, callbacks=[MultiviewRamp(start=500, end=2000)])  # doctest: +SKIP
    """

    def __init__(self, start: int, end: int) -> None:
        super().__init__()
        if not 0 <= start <= end:
            raise ValueError(f"`start` and `end` must satisfy 0 <= start <= end. Received: start={start}, end={end}")
        self.start = start
        self.end = end

    def ramp(self, step: int) -> float:
        """The share of its weight that the term has at a step."""
        if self.start == self.end:
            return float(step >= self.start)
        return min(max((step - self.start) / (self.end - self.start), 0.0), 1.0)

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        self.model.multiview_ramp.assign(self.ramp(int(self.model.optimizer.iterations.numpy())))
