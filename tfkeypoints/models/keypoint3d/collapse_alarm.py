"""Warnings while a training goes wrong."""

import logging
from collections.abc import Mapping
from pathlib import Path

import keras
import tensorflow as tf

from tfkeypoints.arguments import check_positive_integers
from tfkeypoints.evaluation import collect, episodes
from tfkeypoints.metrics.reconstruction import ReconstructionQuality

_log = logging.getLogger(__name__)


class CollapseAlarm(keras.callbacks.Callback):
    """Looks for collapsed keypoints and suspicious cameras after each epoch, as `metrics.collapse.alarms` does.

    An alarm that stands for `patience` epochs in a row is written to the log once, until it has ceased. TensorBoard
    shows the alarms of every epoch as text (`alarms`) and their number (`num_alarms`).

    Args:
        logs: TensorBoard's folder.
        examples: Frames to look at, better from many moments than from one: `image`, `intrinsics` and `extrinsics`,
            `[N, V, ...]` each.
        patience: Epochs that an alarm may stand.
        batch_size: Frames at a time.

    Raises:
        ValueError: If `patience` or `batch_size` is no positive integer.
    """

    def __init__(self, logs: str | Path, examples: Mapping[str, tf.Tensor], patience: int = 2, batch_size: int = 16):
        super().__init__()
        check_positive_integers(patience=patience, batch_size=batch_size)
        self.logs = Path(logs)
        self.examples = dict(examples)
        self.patience = patience
        self.batch_size = batch_size
        self._standing: dict[str, int] = {}
        self._writer: tf.summary.SummaryWriter = None

    def on_train_begin(self, logs: Mapping[str, float] | None = None) -> None:
        self._writer = tf.summary.create_file_writer(str(self.logs / "alarms"))

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        quality = ReconstructionQuality()
        results = collect(self.model, tf.data.Dataset.from_tensor_slices(self.examples), self.batch_size, quality)
        alarms = episodes.alarms(results, quality)
        self._standing = {alarm: self._standing.get(alarm, 0) + 1 for alarm in alarms}
        for alarm, epochs in self._standing.items():
            if epochs == self.patience:
                _log.warning("epoch %d: %s", epoch + 1, alarm)
        with self._writer.as_default(step=epoch):
            tf.summary.text("alarms", "\n\n".join(alarms) or "none")
            tf.summary.scalar("num_alarms", len(alarms))
        self._writer.flush()

    def on_train_end(self, logs: Mapping[str, float] | None = None) -> None:
        self._writer.close()
