"""The agent: what it sees, how it acts, and what it expects."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

if TYPE_CHECKING:
    import tensorflow as tf

    from tfkeypoints.control.actions import CategoricalActions, GaussianActions
    from tfkeypoints.control.features import Features


@keras.saving.register_keras_serializable(package="tfkeypoints")
class Agent(keras.Model):
    """A policy and a critic on top of the same features.

    Args:
        features: Layer that makes features of observations, of `tfkeypoints.control.features`.
        actions: `GaussianActions` or `CategoricalActions`.
        hidden: Widths of the hidden layers, of the policy and of the critic.
        seed: Seed of the actions drawn.

    Call arguments:
        perceived: What `features.perceive` made of observations.

    Returns:
        A dict with the `parameters` of the actions' distribution and the `value` `[B]`.

    Example:
        >>> agent = Agent(StateFeatures(), CategoricalActions(2))
        >>> agent.act({"state": tf.zeros([8, 1, 4])})["action"].shape
        TensorShape([8])
    """

    def __init__(
        self,
        features: "Features",
        actions: "GaussianActions | CategoricalActions",
        hidden: Sequence[int] = (64, 64),
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.features = features
        self.actions = actions
        self.hidden = tuple(hidden)
        self.seed = seed
        self.policy_layers = [_dense(width) for width in self.hidden]
        self.critic_layers = [_dense(width) for width in self.hidden]
        self.value_head = keras.layers.Dense(1, kernel_initializer=keras.initializers.Orthogonal(1.0))
        self.seed_generator = keras.random.SeedGenerator(seed)

    def build(self, input_shape: Mapping[str, tuple[int | None, ...]]) -> None:
        self._perceived_shape = {name: (None, *shape[1:]) for name, shape in input_shape.items()}
        _build_once(self.features, self._perceived_shape)
        shape = self.features.compute_output_shape(self._perceived_shape)
        _build_once(self.actions, _build_all(self.policy_layers, shape))
        _build_once(self.value_head, _build_all(self.critic_layers, shape))
        self.built = True

    def get_build_config(self) -> dict[str, Any]:
        return {"perceived_shape": self._perceived_shape}

    def build_from_config(self, config: dict[str, Any]) -> None:
        self.build(config["perceived_shape"])

    def call(self, perceived: "Mapping[str, tf.Tensor]", training: bool | None = False) -> "dict[str, tf.Tensor]":
        features = self.features(perceived, training=training)
        parameters = self.actions(_through(self.policy_layers, features))
        return {"parameters": parameters, "value": self.value_head(_through(self.critic_layers, features))[:, 0]}

    def act(self, observations: "Mapping[str, tf.Tensor]", deterministic: bool = False) -> dict[str, Any]:
        """Looks and chooses.

        Args:
            observations: Dict of `[B, S, ...]`: B environments, the last S frames of each, oldest first.
            deterministic: Whether to take the most probable action instead of drawing one.

        Returns:
            A dict with `perceived` (what to learn from later), `action`, `environment_action` (what to give to the
            environment), `log_probability` and `value` `[B]`.
        """
        perceived = self.features.perceive(observations)
        answer = self(perceived, training=False)
        parameters = answer["parameters"]
        action = (
            self.actions.mode(parameters) if deterministic else self.actions.sample(parameters, self.seed_generator)
        )
        return {
            "perceived": perceived,
            "action": action,
            "environment_action": self.actions.to_environment(action),
            "log_probability": self.actions.log_probability(parameters, action),
            "value": answer["value"],
        }

    def own_weights(self) -> list[keras.Variable]:
        """The trainable weights, without those of a detector that `features` may hold."""
        detector = {id(weight) for weight in self.detector_weights()}
        return [weight for weight in self.trainable_variables if id(weight) not in detector]

    def detector_weights(self) -> list[keras.Variable]:
        """The trainable weights of the keypoint detector, if there is one."""
        detector = getattr(self.features, "detector", None)
        return detector.trainable_variables if detector else []

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "features": keras.saving.serialize_keras_object(self.features),
            "actions": keras.saving.serialize_keras_object(self.actions),
            "hidden": self.hidden,
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Agent":
        parts = {name: keras.saving.deserialize_keras_object(config[name]) for name in ("features", "actions")}
        return cls(**config | parts)


def _dense(width: int) -> keras.layers.Dense:
    return keras.layers.Dense(width, "tanh", kernel_initializer=keras.initializers.Orthogonal(np.sqrt(2)))


def _through(layers: Iterable[keras.layers.Layer], values: "tf.Tensor") -> "tf.Tensor":
    for layer in layers:
        values = layer(values)
    return values


def _build_once(layer: keras.layers.Layer, shape: Any) -> None:
    """Builds a layer, unless it came built from a file."""
    if not layer.built:
        layer.build(shape)


def _build_all(layers: Iterable[keras.layers.Layer], shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
    """Builds layers that follow one another; returns the shape of the last one's answer."""
    for layer in layers:
        _build_once(layer, shape)
        shape = layer.compute_output_shape(shape)
    return shape
