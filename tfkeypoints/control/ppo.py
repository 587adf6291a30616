"""Proximal policy optimisation: from a rollout to gradient steps. Knows nothing of environments and images."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    import keras

    from tfkeypoints.control.agent import Agent
    from tfkeypoints.control.rollout import Rollout
    from tfkeypoints.control.settings import PPOSettings


METRICS = ("policy_loss", "value_loss", "entropy", "kl", "clipped")


class PPO:
    """Improves an agent by rollouts.

    L = E[-min(ρ A, clip(ρ, 1 - ε, 1 + ε) A) + c_v L_v - c_e H + extra]

    ρ is the ratio of the action's new to its old probability, A its advantage (mean 0, deviation 1 in each batch), H
    the entropy.

    Args:
        agent: `Agent`, built.
        settings: `PPOSettings`.
        owners: List of (optimizer, weights). A weight has one owner, which takes every step that the weight makes.
        extra_loss: Function of a batch of `perceived` that is added to the objective, or None.

    Raises:
        ValueError: If a weight has two owners.

    Reference: Schulman, Wolski, Dhariwal, Radford, Klimov, Proximal Policy Optimization Algorithms, 2017.
    """

    def __init__(
        self,
        agent: "Agent",
        settings: "PPOSettings",
        owners: "Sequence[tuple[keras.optimizers.Optimizer, list[keras.Variable]]]",
        extra_loss: Callable[[Mapping[str, tf.Tensor]], tf.Tensor] | None = None,
    ) -> None:
        self.agent, self.settings, self.owners, self.extra_loss = agent, settings, owners, extra_loss
        owned = [id(weight) for _, weights in owners for weight in weights]
        if len(set(owned)) < len(owned):
            raise ValueError("`owners` must not share weights: two optimizers would pull at one")
        for optimizer, weights in owners:
            optimizer.build(weights)
        self._train = tf.function(self._steps)

    def update(self, rollout: "Rollout", rng: np.random.Generator, progress: float = 0.0) -> dict[str, float]:
        """Learns from a rollout.

        Args:
            rollout: `Rollout` of T steps in N environments.
            rng: `numpy.random.Generator`, of the order of steps.
            progress: Share of the training that is done, in [0, 1]; it sets the clip range.

        Returns:
            Dict of the `METRICS`, averaged over the gradient steps, `gradient_steps` and `explained_variance`.

        Raises:
            ValueError: If the rollout is shorter than a batch.
        """
        settings = self.settings
        advantages = generalized_advantages(
            rollout.rewards,
            rollout.values,
            rollout.next_values,
            rollout.terminated,
            rollout.ended,
            settings.gamma,
            settings.gae_lambda,
        )
        returns = advantages + rollout.values
        data = flat(
            {
                "perceived": rollout.perceived,
                "actions": rollout.actions,
                "log_probabilities": rollout.log_probabilities,
                "values": tf.constant(rollout.values, tf.float32),
                "advantages": tf.constant(advantages, tf.float32),
                "returns": tf.constant(returns, tf.float32),
            }
        )
        count = advantages.size
        check_batch_size(settings.batch_size, count)
        batches = count // settings.batch_size
        clip = tf.constant(settings.clip_at(progress), tf.float32)
        order = [rng.permutation(count)[: batches * settings.batch_size] for _ in range(settings.epochs)]
        indices = np.reshape(order, [-1, settings.batch_size]).astype(np.int32)
        sums, steps = self._train(data, tf.constant(indices), clip)
        return {
            **dict(zip(METRICS, (sums / tf.cast(steps, tf.float32)).numpy().tolist(), strict=True)),
            "gradient_steps": int(steps),
            "explained_variance": explained_variance(rollout.values, returns),
        }

    def _steps(self, data: Mapping[str, Any], order: tf.Tensor, clip: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Gradient steps, until the policy has moved far enough: sums of their metrics, and their number."""
        sums, steps = tf.zeros(len(METRICS)), 0
        for indices in order:
            batch = tf.nest.map_structure(lambda values: tf.gather(values, indices), data)  # noqa: B023
            metrics = self._step(batch, clip)
            sums += metrics
            steps += 1
            if self.settings.target_kl is not None and metrics[METRICS.index("kl")] > 1.5 * self.settings.target_kl:
                break
        return sums, steps

    def _step(self, batch: Mapping[str, Any], clip: tf.Tensor) -> tf.Tensor:
        settings, actions = self.settings, self.agent.actions
        with tf.GradientTape() as tape:
            answer = self.agent(batch["perceived"], training=True)
            log_ratio = actions.log_probability(answer["parameters"], batch["actions"]) - batch["log_probabilities"]
            policy_loss = clipped_surrogate(log_ratio, normalized(batch["advantages"]), clip)
            value_loss = value_error(answer["value"], batch["values"], batch["returns"], settings.value_clip)
            entropy = tf.reduce_mean(actions.entropy(answer["parameters"]))
            loss = policy_loss + settings.value_weight * value_loss - settings.entropy_weight * entropy
            if self.extra_loss:
                loss += self.extra_loss(batch["perceived"])
        gradients = tape.gradient(loss, [weights for _, weights in self.owners])
        for (optimizer, weights), own in zip(self.owners, gradients, strict=True):
            optimizer.apply(tf.clip_by_global_norm(own, settings.max_gradient_norm)[0], weights)
        kl = tf.reduce_mean(tf.exp(log_ratio) - 1 - log_ratio)
        clipped = tf.reduce_mean(tf.cast(tf.abs(tf.exp(log_ratio) - 1) > clip, tf.float32))
        return tf.stack([policy_loss, value_loss, entropy, kl, clipped])


def check_batch_size(batch_size: int, steps: int) -> None:
    """Raises a ValueError unless a rollout of so many steps, num_envs · horizon, fills a batch."""
    if batch_size > steps:
        raise ValueError(
            f"`batch_size` must not exceed the {steps} steps of a rollout, num_envs · horizon. "
            f"Received: batch_size={batch_size}"
        )


def generalized_advantages(
    rewards: np.ndarray,
    values: np.ndarray,
    next_values: np.ndarray,
    terminated: np.ndarray,
    ended: np.ndarray,
    gamma: float,
    gae_lambda: float,
) -> np.ndarray:
    """Estimates how much better each action was than what the policy does on average.

    δ_t = r_t + γ (1 - terminated_t) V'_t - V_t,   A_t = δ_t + γ λ (1 - ended_t) A_{t+1}

    Args:
        rewards, values: `[T, N]`.
        next_values: `[T, N]`: value of what followed step t, before any reset. An episode that was cut off
            (truncated) so counts as going on, one that terminated does not.
        terminated: bool `[T, N]`: the episode is over for good.
        ended: bool `[T, N]`: terminated or truncated.
        gamma, gae_lambda: Discounts.

    Returns:
        `[T, N]`.

    Reference: Schulman, Moritz, Levine, Jordan, Abbeel, High-Dimensional Continuous Control Using Generalized
        Advantage Estimation, 2016.
    """
    deltas = rewards + gamma * ~terminated * next_values - values
    advantages, ahead = np.empty_like(deltas), np.zeros(deltas.shape[1])
    for step in reversed(range(len(deltas))):
        ahead = deltas[step] + gamma * gae_lambda * ~ended[step] * ahead
        advantages[step] = ahead
    return advantages


def clipped_surrogate(log_ratio: tf.Tensor, advantages: tf.Tensor, clip: float | tf.Tensor) -> tf.Tensor:
    """The policy's term: mean of -min(ρ A, clip(ρ, 1 - ε, 1 + ε) A), ρ = exp(log_ratio)."""
    ratio = tf.exp(log_ratio)
    return -tf.reduce_mean(tf.minimum(ratio * advantages, tf.clip_by_value(ratio, 1 - clip, 1 + clip) * advantages))


def value_error(values: tf.Tensor, old_values: tf.Tensor, returns: tf.Tensor, clip: float | None = None) -> tf.Tensor:
    """The critic's term: half the mean squared error; with `clip`, the worse of the value and the clipped value."""
    squared = (values - returns) ** 2
    if clip is not None:
        near = old_values + tf.clip_by_value(values - old_values, -clip, clip)
        squared = tf.maximum(squared, (near - returns) ** 2)
    return 0.5 * tf.reduce_mean(squared)


def normalized(values: tf.Tensor) -> tf.Tensor:
    """Shifts and scales to mean 0 and standard deviation 1."""
    return (values - tf.reduce_mean(values)) / (tf.math.reduce_std(values) + 1e-8)


def explained_variance(values: np.ndarray, returns: np.ndarray) -> float:
    """1 - Var(returns - values) / Var(returns): 1 for a perfect critic, 0 for one that says a constant."""
    return float(1 - np.var(returns - values) / (np.var(returns) + 1e-12))


def flat(data: Any) -> Any:
    """Joins steps and environments: `[T, N, ...]` to `[T N, ...]`."""
    return tf.nest.map_structure(lambda values: tf.reshape(values, [-1, *values.shape[2:]]), data)
