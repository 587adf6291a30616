"""Running statistics: of what a policy sees, and of the rewards that it learns from."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike


@keras.saving.register_keras_serializable(package="tfkeypoints")
class RunningNormalizer(keras.layers.Layer):
    """Centres and scales vectors by the mean and variance of all that it was shown.

    y = clip((x - mean) / sqrt(variance + epsilon), -limit, limit)

    The statistics are weights, so that they are saved with the policy. They change in `update` only: between acting
    and learning they must stay as they were, or the probabilities of past actions would change.

    Args:
        epsilon: Added to the variance; its root is the spread below which a component counts as still.
        limit: Bound of the answer.

    Call arguments:
        values: `[B, D]`.

    Returns:
        `[B, D]`.
    """

    def __init__(self, epsilon: float = 1e-8, limit: float = 10.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.epsilon = epsilon
        self.limit = limit

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        options = {"trainable": False, "shape": (input_shape[-1],)}
        self.mean = self.add_weight(initializer="zeros", name="mean", **options)
        self.variance = self.add_weight(initializer="ones", name="variance", **options)
        self.count = self.add_weight(initializer="zeros", name="count", trainable=False, shape=())

    def call(self, values: tf.Tensor) -> tf.Tensor:
        return tf.clip_by_value((values - self.mean) / tf.sqrt(self.variance + self.epsilon), -self.limit, self.limit)

    def update(self, values: ArrayLike) -> None:
        """Takes `[B, D]` more vectors into account."""
        mean, variance, count = merged_moments(
            (self.mean.numpy(), self.variance.numpy(), float(self.count)), np.asarray(values, np.float64)
        )
        for weight, value in zip((self.mean, self.variance, self.count), (mean, variance, count), strict=True):
            weight.assign(value)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "epsilon": self.epsilon, "limit": self.limit}


class RewardScaler:
    """Divides rewards by the standard deviation of the discounted return, so that values are of the order of 1.

    R_t = γ R_{t-1} + r_t  in each environment;   r_t / sqrt(Var(R) + 1e-8), clipped to ±10

    Args:
        num_envs: Number of environments, N.
        gamma: Discount.
    """

    def __init__(self, num_envs: int, gamma: float) -> None:
        self.gamma = gamma
        self.returns = np.zeros(num_envs)
        self.moments = np.array([0.0, 1.0, 0.0])  # mean, variance, count

    def scale(self, rewards: np.ndarray, ended: np.ndarray) -> np.ndarray:
        """Takes the rewards `[N]` of one step into account and returns them scaled; `ended` is bool `[N]`."""
        self.returns = self.gamma * self.returns + rewards
        self.moments = np.array(merged_moments(tuple(self.moments), self.returns))
        self.returns[ended] = 0
        return np.clip(rewards / np.sqrt(self.moments[1] + 1e-8), -10, 10)


def merged_moments(moments: tuple[Any, Any, float], values: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Joins mean, variance and count with those of further `values` `[B, ...]`.

    Reference: Chan, Golub, LeVeque, Updating Formulae and a Pairwise Algorithm for Computing Sample Variances, 1979.
    """
    mean, variance, count = moments
    more = len(values)
    total = count + more
    shift = values.mean(0) - mean
    squares = variance * count + values.var(0) * more + shift**2 * count * more / total
    return mean + shift * more / total, squares / total, total
