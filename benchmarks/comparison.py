"""What the comparisons share: train one variant in a resumable run folder, and measure it on unseen objects."""

import keras
import tensorflow as tf

from tfkeypoints import data, evaluation, files, training, visualization
from tfkeypoints.data.example import CAMERA_KEYS
from tfkeypoints.data.sampling import in_memory
from tfkeypoints.geometry import camera
from tfkeypoints.models import KeypointNet, OrientationNet
from tfkeypoints.models.presets import KEYPOINTNET_PRESETS
from tfkeypoints.training.callbacks import OrientationSchedule
from tfkeypoints.training.run import Run

PRESET = KEYPOINTNET_PRESETS["small"]
EPOCHS = 8
"""About so often a training is validated."""


@keras.saving.register_keras_serializable(package="benchmarks")
class SupervisedKeypointNet(KeypointNet):
    """The same network, taught where the landmarks are instead: mean squared distance in the camera's frame."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.loss_weights["landmarks"] = 1.0
        self.trackers["landmarks"] = keras.metrics.Mean("landmarks")

    def loss_terms(self, x, outputs, training):
        landmarks = camera.to_camera(tf.expand_dims(x["landmarks"], 1), x["extrinsics"])
        distances = tf.reduce_sum((outputs["points_camera"] - landmarks) ** 2, -1)
        return {**super().loss_terms(x, outputs, training), "landmarks": tf.reduce_mean(distances, [1, 2])}

    def get_config(self):
        return {name: value for name, value in super().get_config().items() if name != "landmarks"}


UNSUPERVISED_TERMS = ("reprojection_consistency", "relative_pose", "separation", "volume", "silhouette", "variance")


def supervised(num_landmarks, **arguments):
    """The supervised network for so many landmarks."""
    off = dict.fromkeys(UNSUPERVISED_TERMS, 0.0)
    return SupervisedKeypointNet(**{**PRESET.model_arguments(), **off, "num_keypoints": num_landmarks, **arguments})


def unsupervised(**arguments):
    """The library's network with the small preset's sizes."""
    return KeypointNet(**{**PRESET.model_arguments(), **arguments})


def load(name, split, data_dir=None, num_views=None):
    """A whole split in memory, landmarks included: `[N, ...]` each; pairs of an object joined to `num_views` views."""
    return in_memory(data.load(name, split, data_dir=data_dir), num_views, labels=("landmarks",))


def train(folder, model, name, steps, seed, schedule=True, data_dir=None):
    """Trains a variant, or takes up or reads the one that the folder holds.

    Args:
        folder: Of the run.
        model: Not compiled.
        name: Data set.
        steps: Training steps.
        seed: Of weights and data; the caller also built the model under it.
        schedule: Whether the true facing sign is withdrawn on the way.

    Returns:
        The run.
    """
    config = {"model": type(model).__name__, "data": name, "data_dir": data_dir, "steps": steps, "seed": seed}
    arguments = {key: value for key, value in model.get_config().items() if key != "name"}  # Keras counts models
    run = Run.start(folder, {**config, "arguments": arguments})
    steps_per_epoch, epochs = training.split_steps(steps, max(1, steps // EPOCHS))
    callbacks = [OrientationSchedule(steps // 3, 2 * steps // 3)] if schedule else []
    model.compile(training.optimizer_of(PRESET, epochs * steps_per_epoch))
    is_orientation = isinstance(model, OrientationNet)
    training.train(
        run,
        model,
        load(name, "train", data_dir, PRESET.num_views),
        load(name, "validation", data_dir),
        batch_size=PRESET.batch_size,
        steps_per_epoch=steps_per_epoch,
        epochs=epochs,
        monitor="val_loss" if is_orientation else "val_angular_error",
        seed=seed,
        callbacks=callbacks,
    )
    return run


def measure(run, name, data_dir=None):
    """Metrics of a run's best weights on the test split; a contact sheet goes into the run's pictures."""
    if run.metrics_file.exists():
        return files.read_json(run.metrics_file)
    model = run.load_model()
    examples = data.load(name, "test", data_dir=data_dir)
    metrics, _ = evaluation.measure(evaluation.collect(model, examples), (PRESET.image_size, PRESET.image_size))
    unseen = evaluation.one_of_each_instance(examples, 12)
    uv = model({key: unseen[key] for key in CAMERA_KEYS}, training=False)["uv"]
    visualization.save_image(run.pictures / "contact_sheet.png", visualization.contact_sheet(unseen["image"], uv))
    files.write_json(run.metrics_file, metrics)
    return metrics
