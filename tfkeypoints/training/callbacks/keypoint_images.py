"""Keypoints on validation images, as a picture in the run folder and in TensorBoard."""

from collections.abc import Mapping
from pathlib import Path

import keras
import tensorflow as tf


class KeypointImages(keras.callbacks.Callback):
    """Draws the keypoints of some examples after each epoch: same color, same part, when it works.

    Of an `OrientationNet` it draws where the object's front and back are seen.

    Args:
        logs: TensorBoard's folder.
        picture: File of the newest picture.
        examples: What to draw: `image`, `intrinsics` and `extrinsics`, `[N, V, ...]` each.
    """

    def __init__(self, logs: str | Path, picture: str | Path, examples: Mapping[str, tf.Tensor]):
        super().__init__()
        self.logs = Path(logs)
        self.picture = Path(picture)
        self.examples = examples
        self._writer: tf.summary.SummaryWriter = None

    def on_train_begin(self, logs: Mapping[str, float] | None = None) -> None:
        self._writer = tf.summary.create_file_writer(str(self.logs / "images"))

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        from tfkeypoints.visualization import contact_sheet, save_image

        outputs = self.model(self.examples, training=False)
        uv = outputs["uv"] if "uv" in outputs else outputs["orientation"]
        sheet = contact_sheet(self.examples["image"], uv, outputs.get("confidence"))
        self.picture.parent.mkdir(exist_ok=True)
        save_image(self.picture, sheet)
        with self._writer.as_default(step=epoch):
            tf.summary.image("keypoints", sheet[None])
        self._writer.flush()

    def on_train_end(self, logs: Mapping[str, float] | None = None) -> None:
        self._writer.close()
