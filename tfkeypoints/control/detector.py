"""How a detector learns keypoints from what a policy sees: a buffer of observations, and steps without any reward."""

import keras
import numpy as np

from tfkeypoints.data.workspace import workspace
from tfkeypoints.models import Keypoint3D

CAMERA_KEYS = ("image", "intrinsics", "extrinsics")


class ObservationBuffer:
    """The last observations, images as uint8. Memory: `capacity` times V · H · W · 3 bytes; `nbytes` tells.

    Args:
        capacity: Number of observations kept; older ones give way.
        example: Dict of one observation's `image` `[V, H, W, 3]`, `intrinsics` and `extrinsics`.
    """

    def __init__(self, capacity, example):
        self.capacity = capacity
        self.size = 0
        self._next = 0
        self._kept = {name: np.zeros((capacity, *example[name].shape), example[name].dtype) for name in CAMERA_KEYS}

    @property
    def nbytes(self):
        """Bytes that the buffer takes."""
        return sum(values.nbytes for values in self._kept.values())

    def add(self, observations):
        """Keeps the newest frame of each of `[N, S, ...]` observations."""
        count = min(len(observations["image"]), self.capacity)
        places = (self._next + np.arange(count)) % self.capacity
        for name, values in self._kept.items():
            values[places] = observations[name][:count, -1]
        self._next = int(self._next + count) % self.capacity
        self.size = min(self.size + count, self.capacity)

    def sample(self, batch_size, rng):
        """Draws observations with replacement: dict of `[batch_size, V, ...]`."""
        chosen = rng.integers(self.size, size=batch_size)
        return {name: values[chosen] for name, values in self._kept.items()}


class DetectorTrainer:
    """Takes the detector's own steps: each on a batch from the buffer, by the one optimizer that owns its weights.

    Args:
        detector: `Keypoint3D`, compiled.
        buffer: `ObservationBuffer`.
        batch_size: Observations a step.
    """

    def __init__(self, detector, buffer, batch_size):
        self.detector, self.buffer, self.batch_size = detector, buffer, batch_size

    def train(self, steps, rng):
        """Takes steps and returns the mean of each term, as `detector_NAME`; nothing without steps."""
        self.detector.reset_metrics()
        logs = {}
        for _ in range(steps):
            logs = self.detector.train_on_batch(self.buffer.sample(self.batch_size, rng), return_dict=True)
        return {f"detector_{name}": float(value) for name, value in logs.items()}


def build_detector(observations, background, learning_rate, **options):
    """Makes a compiled `Keypoint3D` that fits the observations.

    Args:
        observations: Dict of `[N, S, V, ...]`; the cameras tell the distance and size of the scene.
        background: uint8 `[V, H, W, 3]`, the scene without what moves.
        learning_rate: Of its Adam.
        options: Arguments of `Keypoint3D`; `crop_size` is the side of the window that it sees, None for the image.
    """
    views = {name: observations[name][:, -1] for name in CAMERA_KEYS}
    _, num_views, *size, _ = views["image"].shape
    crop_size = options.pop("crop_size", None)
    detector = Keypoint3D(
        num_views=num_views,
        image_size=(crop_size, crop_size) if crop_size else tuple(size),
        **workspace(views["intrinsics"], views["extrinsics"]).model_sizes(),
        levels=2,
        background="residual",
        moving_weight=20.0,
        **options,
    )
    detector(views)
    detector.set_background(background)
    detector.compile(optimizer=keras.optimizers.Adam(learning_rate))
    detector.optimizer.build(detector.trainable_variables)
    return detector
