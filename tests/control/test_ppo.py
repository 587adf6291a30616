import keras
import numpy as np
import pytest
import tensorflow as tf

from tfkeypoints.control import ppo
from tfkeypoints.control.actions import CategoricalActions
from tfkeypoints.control.agent import Agent
from tfkeypoints.control.features import StateFeatures
from tfkeypoints.control.rollout import Rollout
from tfkeypoints.control.settings import PPOSettings


def test_advantages_are_the_weighted_sum_of_what_follows_until_the_episode_ends(rng):
    steps, envs, gamma, decay = 7, 3, 0.9, 0.8
    rewards, values, next_values = rng.normal(size=(3, steps, envs))
    terminated = rng.random((steps, envs)) < 0.3
    ended = terminated | (rng.random((steps, envs)) < 0.3)
    advantages = ppo.generalized_advantages(rewards, values, next_values, terminated, ended, gamma, decay)
    for start, env in np.ndindex(steps, envs):
        expected = 0.0
        for later in range(start, steps):
            bootstrap = 0 if terminated[later, env] else gamma * next_values[later, env]
            delta = rewards[later, env] + bootstrap - values[later, env]
            expected += (gamma * decay) ** (later - start) * delta
            if ended[later, env]:
                break
        assert advantages[start, env] == pytest.approx(expected)


def test_an_episode_that_is_cut_off_counts_as_going_on_and_one_that_terminates_does_not():
    ended = np.array([[True, True]])
    terminated = np.array([[True, False]])
    advantages = ppo.generalized_advantages(
        np.array([[1.0, 1.0]]), np.array([[0.5, 0.5]]), np.array([[10.0, 10.0]]), terminated, ended, 0.9, 0.95
    )
    np.testing.assert_allclose(advantages, [[0.5, 9.5]])


def test_surrogate_takes_the_worse_of_ratio_and_clipped_ratio():
    ratios, advantages = np.array([0.5, 0.5, 1.1, 2.0, 2.0]), np.array([1.0, -1.0, 3.0, 1.0, -1.0])
    expected = -np.mean([0.5, -0.7, 3.3, 1.3, -2.0])
    loss = ppo.clipped_surrogate(tf.constant(np.log(ratios)), tf.constant(advantages), 0.3)
    assert float(loss) == pytest.approx(expected)


def test_an_action_whose_ratio_has_passed_the_clip_gets_no_gradient():
    log_ratio = tf.Variable(np.float32([np.log(1.5), np.log(0.5), 0.0]))
    with tf.GradientTape() as tape:
        loss = ppo.clipped_surrogate(log_ratio, tf.constant([1.0, -1.0, 1.0]), 0.2)
    np.testing.assert_allclose(tape.gradient(loss, log_ratio), [0, 0, -1 / 3], atol=1e-6)


def test_value_error_is_half_the_mean_square_or_the_worse_clipped_one():
    values, old, returns = np.array([1.0, 3.0]), np.array([0.0, 2.8]), np.array([2.0, 1.0])
    assert float(ppo.value_error(values, old, returns)) == pytest.approx(0.25 * (1 + 4))
    assert float(ppo.value_error(values, old, returns, clip=0.5)) == pytest.approx(0.25 * (1.5**2 + 4))


def test_the_clip_falls_linearly_to_its_end_or_stays():
    assert [PPOSettings(clip=0.5, final_clip=0.25).clip_at(share) for share in (0, 0.5, 1)] == [0.5, 0.375, 0.25]
    assert PPOSettings(clip=0.5).clip_at(1) == 0.5


def test_explained_variance_of_a_perfect_and_of_a_constant_critic(rng):
    returns = rng.normal(size=50)
    assert ppo.explained_variance(returns, returns) == pytest.approx(1)
    assert ppo.explained_variance(np.zeros(50), returns) == pytest.approx(0, abs=1e-6)


def test_a_weight_with_two_owners_is_refused():
    agent = Agent(StateFeatures(), CategoricalActions(2))
    agent.act({"state": tf.zeros([1, 1, 3])})
    owners = [(keras.optimizers.SGD(), agent.own_weights()), (keras.optimizers.SGD(), agent.own_weights()[:1])]
    with pytest.raises(ValueError, match="must not share weights"):
        ppo.PPO(agent, PPOSettings(), owners)


def updated(rng, extra=None, seed=1, **settings):
    """An agent's weights after an update on a made-up rollout, and its metrics; `extra`: (weight, its loss)."""
    agent = Agent(StateFeatures(), CategoricalActions(2))
    agent.act({"state": tf.zeros([1, 1, 3])})
    initial = np.random.default_rng(seed)
    for weight in agent.own_weights():
        weight.assign(initial.normal(size=weight.shape))
    owners = [(keras.optimizers.SGD(0.1), agent.own_weights())]
    if extra:
        owners.append((keras.optimizers.SGD(0.1), [extra[0]]))
    improver = ppo.PPO(agent, PPOSettings(batch_size=8, **settings), owners, extra and extra[1])
    vectors = tf.constant(rng.normal(size=(8, 2, 3)), tf.float32)
    answer = agent({"vector": tf.reshape(vectors, [-1, 3])})
    actions = tf.constant(rng.integers(2, size=(8, 2)), tf.int32)
    log_probabilities = agent.actions.log_probability(answer["parameters"], tf.reshape(actions, [-1]))
    values = answer["value"].numpy().reshape(8, 2)
    rewards = rng.normal(size=(8, 2))
    nothing = np.zeros((8, 2), bool)
    rollout = Rollout(
        *({"vector": vectors}, actions, tf.reshape(log_probabilities, [8, 2]), values, values, rewards),
        *(nothing, nothing, [], {}),
    )
    metrics = improver.update(rollout, np.random.default_rng(0))
    return np.concatenate([np.ravel(weight) for weight in agent.own_weights()]), metrics


def test_gradients_are_shortened_for_each_optimizer_by_itself():
    def steep():
        weight = keras.Variable(1.0)
        return weight, lambda perceived: 1e6 * weight**2

    weight, loss = steep()
    alone, _ = updated(np.random.default_rng(5), epochs=1)
    beside, _ = updated(np.random.default_rng(5), (weight, loss), epochs=1)
    np.testing.assert_array_equal(alone, beside)
    assert float(weight) == pytest.approx(1 - 2 * 0.1 * 0.5)  # two batches, each shortened to `max_gradient_norm`


def test_an_update_stops_once_the_policy_has_moved_far_enough():
    _, metrics = updated(np.random.default_rng(5), epochs=4)
    assert metrics["gradient_steps"] == 8 and metrics["kl"] > 1e-6
    _, metrics = updated(np.random.default_rng(5), epochs=4, target_kl=1e-9)
    assert metrics["gradient_steps"] == 2  # in the first one the policy is still the old one


def test_a_value_that_may_not_move_stops_the_critic_after_its_first_step():
    free, _ = updated(np.random.default_rng(5), epochs=4)
    held, _ = updated(np.random.default_rng(5), epochs=4, value_clip=1e-6)
    assert np.abs(free - held).max() > 1e-3
