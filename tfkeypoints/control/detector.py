"""How a detector learns keypoints from what a policy sees: a buffer of observations, and steps without any reward."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from tfkeypoints.data.example import CAMERA_KEYS
from tfkeypoints.data.workspace import workspace
from tfkeypoints.models import Keypoint3D
from tfkeypoints.models.keypoint3d.presets import SMALL
from tfkeypoints.training.optimizers import make_optimizer

LIKE_SMALL = (
    *("view_encoding", "multiview_consistency", "separation", "separation_sharpness", "variance"),
    *("background", "moving_weight", "silhouette"),
)
"""What a policy's detector has in common with the preset `small`; its heatmaps are half as fine, since it acts too."""

COVERAGE = 0.05
"""Its weight of coverage, with which the policies of docs/results.md learnt."""

MEDIAN_FRAMES = 256
"""Observations that the median, which stands for the scene at rest, is taken of."""

LEVELS = 2

RAMP = 0.5
"""Share of the start over which the weight of multi-view consistency rises from 0."""

SETTLED = 0.1
"""Share of the learning rate that is left at the end of the start: points that move about are hard to act on."""


class ObservationBuffer:
    """The last observations, images as uint8. Memory: `capacity` times V · H · W · 3 bytes; `nbytes` tells.

    Args:
        capacity: Number of observations kept; older ones give way.
        example: Dict of one observation's `image` `[V, H, W, 3]`, `intrinsics` and `extrinsics`.
    """

    def __init__(self, capacity: int, example: Mapping[str, np.ndarray]) -> None:
        self.capacity = capacity
        self.size = 0
        self._next = 0
        self._kept = {name: np.zeros((capacity, *example[name].shape), example[name].dtype) for name in CAMERA_KEYS}

    @property
    def nbytes(self) -> int:
        """Bytes that the buffer takes."""
        return sum(values.nbytes for values in self._kept.values())

    def add(self, observations: Mapping[str, np.ndarray]) -> None:
        """Keeps the newest frame of each of `[N, S, ...]` observations."""
        count = min(len(observations["image"]), self.capacity)
        places = (self._next + np.arange(count)) % self.capacity
        for name, values in self._kept.items():
            values[places] = observations[name][:count, -1]
        self._next = int(self._next + count) % self.capacity
        self.size = min(self.size + count, self.capacity)

    def sample(self, batch_size: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Draws observations with replacement: dict of `[batch_size, V, ...]`."""
        chosen = rng.integers(self.size, size=batch_size)
        return {name: values[chosen] for name, values in self._kept.items()}


class DetectorTrainer:
    """Takes the detector's own steps: each on a batch from the buffer, by the one optimizer that owns its weights.

    Args:
        detector: `Keypoint3D`, built and compiled; its learning rate is the highest that is used.
        buffer: `ObservationBuffer`.
        batch_size: Observations a step.
    """

    def __init__(self, detector: Keypoint3D, buffer: ObservationBuffer, batch_size: int) -> None:
        self.detector, self.buffer, self.batch_size = detector, buffer, batch_size
        self.learning_rate = float(detector.optimizer.learning_rate)

    def start(self, steps: int, rng: np.random.Generator) -> None:
        """Teaches the detector before the policy learns; the rate falls along a cosine to `SETTLED` of itself.

        Its background becomes the median of the buffer's images, so that what hardly moves belongs to it.

        Args:
            steps: How many.
            rng: NumPy generator.
        """
        images = self.buffer.sample(MEDIAN_FRAMES, rng)["image"]
        self.detector.set_background(np.median(images, 0).astype(images.dtype))
        shares = np.arange(steps) / max(steps, 1)
        rates = SETTLED + (1 - SETTLED) * (1 + np.cos(np.pi * shares)) / 2
        self._learn(zip(rates, np.minimum(1, shares / RAMP), strict=True), rng)

    def train(self, steps: int, rng: np.random.Generator, done: float) -> dict[str, float]:
        """Takes steps while the policy learns, at a rate that falls to 0 with the policy's.

        The rate is set without steps too: the policy's objective may teach the detector by the same optimizer.

        Args:
            steps: How many.
            rng: NumPy generator.
            done: Share of the policy's training that is over.

        Returns:
            Mean of each term, as `detector_NAME`; nothing without steps.
        """
        pace = SETTLED * (1 - done), 1.0
        self._set_pace(*pace)
        logs = self._learn([pace] * steps, rng)
        return {f"detector_{name}": value for name, value in logs.items()}

    def _learn(self, plan: Iterable[tuple[float, float]], rng: np.random.Generator) -> dict[str, float]:
        """Takes a step for each share of the learning rate and of the multi-view weight; returns the terms' means."""
        self.detector.reset_metrics()
        logs = {}
        for rate, ramp in plan:
            self._set_pace(rate, ramp)
            logs = self.detector.train_on_batch(self.buffer.sample(self.batch_size, rng), return_dict=True)
        return {name: float(value) for name, value in logs.items()}

    def _set_pace(self, rate: float, ramp: float) -> None:
        self.detector.optimizer.learning_rate.assign(rate * self.learning_rate)
        self.detector.multiview_ramp.assign(ramp)


def build_detector(observations: Mapping[str, np.ndarray], learning_rate: float, **options: Any) -> Keypoint3D:
    """Makes a compiled `Keypoint3D` that fits the observations.

    Args:
        observations: Dict of `[N, S, V, ...]`; the cameras tell the distance and size of the scene.
        learning_rate: Of its Muon, see `tfkeypoints.training.optimizers`.
        options: Arguments of `Keypoint3D`; `crop_size` is the side of the window that it sees, None for the image.
    """
    views = {name: observations[name][:, -1] for name in CAMERA_KEYS}
    _, num_views, *size, _ = views["image"].shape
    crop_size = options.pop("crop_size", None)
    detector = Keypoint3D(
        num_views=num_views,
        image_size=(crop_size, crop_size) if crop_size else tuple(size),
        **workspace(views["intrinsics"], views["extrinsics"]).model_sizes(),
        levels=LEVELS,
        **{name: SMALL.option(name) for name in LIKE_SMALL},
        coverage=COVERAGE,
        **options,
    )
    detector(views)
    detector.compile(optimizer=make_optimizer("muon", learning_rate))
    detector.optimizer.build(detector.trainable_variables)
    return detector
