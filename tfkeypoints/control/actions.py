"""Distributions over actions: what the last layer of a policy says, and how an action is drawn from it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from tfkeypoints.arguments import check_positive

if TYPE_CHECKING:
    import gymnasium


@keras.saving.register_keras_serializable(package="tfkeypoints")
class GaussianActions(keras.layers.Layer):
    """Independent normal distributions for actions in a box, whose spread does not depend on what is seen.

    a ~ N(μ(h), exp(s)²);   the environment gets  low + (clip(a, -1, 1) + 1) (high - low) / 2

    Args:
        low, high: Bounds of the A components of an action.
        initial_std: Standard deviation before anything is learnt; bounds lie at -1 and 1.

    Call arguments:
        hidden: `[B, D]`, the policy's last hidden layer.

    Returns:
        `[B, 2A]`: means and logarithms of the standard deviations, the `parameters` of the other methods.

    Raises:
        ValueError: If `initial_std` is not positive.

    Note: the probability is that of the action before it is clipped.
    """

    def __init__(
        self,
        low: Sequence[float] | np.ndarray,
        high: Sequence[float] | np.ndarray,
        initial_std: float = 1.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_positive(initial_std=initial_std)
        self.initial_std = initial_std
        self.low = [float(bound) for bound in low]
        self.high = [float(bound) for bound in high]
        self.mean = keras.layers.Dense(len(self.low), kernel_initializer=keras.initializers.Orthogonal(0.01))

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.mean.build(input_shape)
        start = keras.initializers.Constant(np.log(self.initial_std))
        self.log_std = self.add_weight((len(self.low),), start, name="log_std")

    def call(self, hidden: tf.Tensor) -> tf.Tensor:
        mean = self.mean(hidden)
        return tf.concat([mean, tf.broadcast_to(self.log_std, tf.shape(mean))], -1)

    def sample(self, parameters: tf.Tensor, seed: keras.random.SeedGenerator) -> tf.Tensor:
        """Draws actions `[B, A]`; `seed` is a `keras.random.SeedGenerator`."""
        mean, log_std = tf.split(parameters, 2, -1)
        return mean + tf.exp(log_std) * keras.random.normal(tf.shape(mean), seed=seed)

    def mode(self, parameters: tf.Tensor) -> tf.Tensor:
        """The most probable actions, `[B, A]`."""
        return tf.split(parameters, 2, -1)[0]

    def log_probability(self, parameters: tf.Tensor, actions: tf.Tensor) -> tf.Tensor:
        """Logarithm of the density at `actions` `[B, A]`: `[B]`."""
        mean, log_std = tf.split(parameters, 2, -1)
        distance = (actions - mean) * tf.exp(-log_std)
        return -tf.reduce_sum(0.5 * distance**2 + log_std + 0.5 * np.log(2 * np.pi), -1)

    def entropy(self, parameters: tf.Tensor) -> tf.Tensor:
        """Differential entropy, `[B]`, nats."""
        _, log_std = tf.split(parameters, 2, -1)
        return tf.reduce_sum(log_std + 0.5 * np.log(2 * np.pi * np.e), -1)

    def to_environment(self, actions: tf.Tensor) -> tf.Tensor:
        """What the environment takes: `[B, A]` within its bounds."""
        low, high = tf.constant(self.low), tf.constant(self.high)
        return low + (tf.clip_by_value(actions, -1, 1) + 1) * (high - low) / 2

    def describe(self) -> dict[str, Any]:
        """Bounds of the actions, for a model card."""
        return {"low": self.low, "high": self.high}

    def get_config(self) -> dict[str, Any]:
        own = {"low": self.low, "high": self.high, "initial_std": self.initial_std}
        return {**super().get_config(), **own}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "GaussianActions":
        return cls(**{{"initial_deviation": "initial_std"}.get(name, name): value for name, value in config.items()})


@keras.saving.register_keras_serializable(package="tfkeypoints")
class CategoricalActions(keras.layers.Layer):
    """One of several actions: p(a) = softmax(W h)_a. Methods as those of `GaussianActions`.

    Args:
        count: Number of actions.

    Call arguments:
        hidden: `[B, D]`.

    Returns:
        Logits `[B, count]`.
    """

    def __init__(self, count: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.count = count
        self.logits = keras.layers.Dense(count, kernel_initializer=keras.initializers.Orthogonal(0.01))

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.logits.build(input_shape)

    def call(self, hidden: tf.Tensor) -> tf.Tensor:
        return self.logits(hidden)

    def sample(self, parameters: tf.Tensor, seed: keras.random.SeedGenerator) -> tf.Tensor:
        """Draws actions, int32 `[B]`; `seed` is a `keras.random.SeedGenerator`."""
        return keras.random.categorical(parameters, 1, dtype="int32", seed=seed)[:, 0]

    def mode(self, parameters: tf.Tensor) -> tf.Tensor:
        """The most probable actions, int32 `[B]`."""
        return tf.argmax(parameters, -1, tf.int32)

    def log_probability(self, parameters: tf.Tensor, actions: tf.Tensor) -> tf.Tensor:
        """Logarithm of the probability of `actions` `[B]`: `[B]`."""
        return tf.gather(tf.nn.log_softmax(parameters), actions, batch_dims=1)

    def entropy(self, parameters: tf.Tensor) -> tf.Tensor:
        """`[B]`, nats."""
        logs = tf.nn.log_softmax(parameters)
        return -tf.reduce_sum(tf.exp(logs) * logs, -1)

    def to_environment(self, actions: tf.Tensor) -> tf.Tensor:
        """What the environment takes: the action's number."""
        return actions

    def describe(self) -> dict[str, Any]:
        """The number of actions, for a model card."""
        return {"count": self.count}

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "count": self.count}


def actions_for(space: "gymnasium.Space", initial_std: float = 1.0) -> GaussianActions | CategoricalActions:
    """Returns the distribution for an action space of Gymnasium; the deviation is that of actions in a box.

    Raises:
        ValueError: Unless the space is a bounded Box with one axis, or Discrete from 0.
    """
    from gymnasium import spaces

    if isinstance(space, spaces.Discrete) and space.start == 0:
        return CategoricalActions(int(space.n))
    if isinstance(space, spaces.Box) and len(space.shape) == 1 and space.is_bounded():
        return GaussianActions(space.low, space.high, initial_std)
    raise ValueError(f"The action space must be a bounded Box [A] or Discrete from 0. Received: {space}")
