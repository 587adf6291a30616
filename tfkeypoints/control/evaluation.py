"""How good a policy is: episodes that it never saw, with confidence intervals."""

from typing import TYPE_CHECKING, Any

import numpy as np

from tfkeypoints.arguments import check_positive_integers
from tfkeypoints.control.rollout import Collector

if TYPE_CHECKING:
    import gymnasium

    from tfkeypoints.control.agent import Agent


SEED = 1_000_000
"""Episodes start from this seed on: training draws others."""


def evaluate(
    agent: "Agent", envs: "gymnasium.vector.VectorEnv", episodes: int = 50, deterministic: bool = True
) -> dict[str, Any]:
    """Plays episodes and measures them.

    Each environment plays equally many, so that short episodes do not count more often.

    Args:
        agent: `Agent`.
        envs: Vector environment, N.
        episodes: Number of episodes, rounded up to a multiple of N.
        deterministic: Whether the most probable actions are taken: then the same agent gets the same numbers again.

    Returns:
        Dict of `episodes`, `deterministic`, `mean_return`, `mean_length`, of two or more episodes
        `mean_return_interval` ([low, high], 95 %), and, where the environment tells of success, `success_rate` and
        `success_rate_interval`.

    Raises:
        ValueError: If `episodes` is no positive integer.

    Example:
        >>> evaluate(agent, environments.make_vector("point_reach", 8, keys))["success_rate"]  # doctest: +SKIP
    """
    check_positive_integers(episodes=episodes)
    quota = -(-episodes // envs.num_envs)
    collector = Collector(envs, agent, SEED, deterministic=deterministic)
    played: list[list[dict[str, Any]]] = [[] for _ in range(envs.num_envs)]
    while min(map(len, played)) < quota:
        for episode in collector.collect(10).episodes:
            played[episode["env"]].append(episode)
    counted = [episode for each in played for episode in each[:quota]]
    returns = np.array([episode["return"] for episode in counted])
    measured: dict[str, Any] = {
        "episodes": len(counted),
        "deterministic": deterministic,
        "mean_return": float(returns.mean()),
        "mean_length": float(np.mean([episode["length"] for episode in counted])),
    }
    if len(returns) > 1:
        margin = 1.96 * returns.std(ddof=1) / np.sqrt(len(returns))
        measured["mean_return_interval"] = [float(returns.mean() - margin), float(returns.mean() + margin)]
    successes = sum(episode["success"] for episode in counted)
    if not np.isnan(successes):
        measured["success_rate"] = successes / len(counted)
        measured["success_rate_interval"] = list(wilson_interval(successes, len(counted)))
    return measured


def wilson_interval(successes: int, trials: int, z: float = 1.96) -> tuple[float, float]:
    """Confidence interval of a probability, from successes in so many trials; 95 % for z = 1.96.

    Reference: Wilson, Probable Inference, the Law of Succession, and Statistical Inference, 1927.
    """
    share = successes / trials
    middle = (share + z**2 / (2 * trials)) / (1 + z**2 / trials)
    reach = z / (1 + z**2 / trials) * np.sqrt(share * (1 - share) / trials + z**2 / (4 * trials**2))
    low = float(middle - reach) if successes else 0.0
    high = float(middle + reach) if successes < trials else 1.0
    return low, high
