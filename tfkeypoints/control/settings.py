"""What an update of PPO does. Knows nothing of TensorFlow, so that a command can show it at once."""

import dataclasses


@dataclasses.dataclass(frozen=True, kw_only=True)
class PPOSettings:
    """What an update of PPO does.

    Example:
      >>> PPOSettings(clip=0.5, final_clip=0.25).clip_at(0.5)
      0.375
    """

    epochs: int = 10
    """Passes over a rollout in an update."""
    batch_size: int = 256
    """Steps that a gradient is averaged over."""
    gamma: float = 0.99
    """Discount of rewards, a step."""
    gae_lambda: float = 0.95
    """How far advantages look ahead, from 0 (one step) to 1 (to the end)."""
    clip: float = 0.2
    """Change of an action's probability, as a share, beyond which nothing is gained."""
    final_clip: float | None = None
    """What the clip falls to, linearly, by the end of training; by default it stays."""
    value_clip: float | None = None
    """How far a value may move in an update; by default as far as it likes."""
    value_weight: float = 0.5
    """Weight of the critic's error."""
    entropy_weight: float = 0.0
    """Weight of the entropy."""
    max_gradient_norm: float = 0.5
    """Gradients are shortened to this length, all weights of an optimizer together."""
    target_kl: float | None = None
    """An update stops when the policy has moved 1.5 times as far from the old one; by default never."""

    def clip_at(self, progress: float) -> float:
        """The clip range when this share of the training, in [0, 1], is done."""
        final_clip = self.clip if self.final_clip is None else self.final_clip
        return self.clip + progress * (final_clip - self.clip)
