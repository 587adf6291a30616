"""When the network stops being told the truth about which way an object faces."""

from collections.abc import Mapping

import keras


class OrientationSchedule(keras.callbacks.Callback):
    """Moves `KeypointNet` from the true facing sign to its own prediction, between two training steps.

    p(step) = 1 before `start`, 0 after `end`; between them 1 - (step - start) / (end - start)

    p is the model's `orientation_truth`: the probability, image by image, that the true sign is fed in.

    Args:
        start, end: Steps (batches seen in all) between which the truth is withdrawn.
        form: "gradual" as above, or "switch": the truth until half way between, the prediction from there on.

    Raises:
        ValueError: If the steps are out of order or the form is unknown.

    Note: the original calls its schedule an annealing, between steps 30,000 and 60,000 of 200,000, but what it runs is
        the hard switch half way between the two. "switch" reproduces it.

    Example:
        >>> model.fit(pairs, callbacks=[OrientationSchedule(start=2000, end=4000)])  # doctest: +SKIP
    """

    def __init__(self, start: int, end: int, form: str = "gradual") -> None:
        super().__init__()
        if not 0 <= start <= end:
            raise ValueError(f"`start` and `end` must satisfy 0 <= start <= end. Received: start={start}, end={end}")
        if form not in ("gradual", "switch"):
            raise ValueError(f'`form` must be "gradual" or "switch". Received: form={form!r}')
        self.start = start
        self.end = end
        self.form = form

    def probability(self, step: int) -> float:
        """The probability that the true sign is fed in at a step."""
        if self.form == "switch" or self.start == self.end:
            return 1.0 if step < (self.start + self.end) / 2 else 0.0
        return min(max((self.end - step) / (self.end - self.start), 0.0), 1.0)

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        self.model.orientation_truth.assign(self.probability(int(self.model.optimizer.iterations.numpy())))
