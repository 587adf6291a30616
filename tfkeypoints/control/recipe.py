"""What is asked of a run of `tfkeypoints control train`. Imports no TensorFlow until it is asked to."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from tfkeypoints.methods import Method

if TYPE_CHECKING:
    import keras

    from tfkeypoints.serving.signatures import Signature


class PolicyRecipe(Method):
    """A policy that was trained by PPO, on keypoints, pixels or the true state."""

    name: ClassVar[str] = "policy"
    command: ClassVar[str] = "control train"
    outputs: ClassVar[Mapping[str, str]] = {
        "action": "[batch, A], within the bounds of the environment's actions; [batch], a number, where these are "
        "numbered",
        "value": "[batch], the discounted rewards to come, in the scale that the critic learnt",
    }

    @classmethod
    def upgrade(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        from tfkeypoints.simulation.catalog import SCENES

        named = {{"initial_deviation": "initial_std"}.get(name, name): value for name, value in config.items()}
        return {"drawing": "opengl", **named} if named.get("env") in SCENES else named

    @classmethod
    def import_classes(cls) -> None:
        import tfkeypoints.control.methods  # noqa: F401

    @classmethod
    def signatures(cls, config: Mapping[str, Any], model: "keras.Model") -> "dict[str, Signature]":
        from tfkeypoints.serving import signatures

        return signatures.of_policy(model, config["observation"])

    @classmethod
    def card(cls, config: Mapping[str, Any], model: "keras.Model") -> dict[str, Any]:
        from tfkeypoints.serving import card

        return card.of_policy(config, model.actions.describe())
