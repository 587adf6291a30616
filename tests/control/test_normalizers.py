import numpy as np

from tfkeypoints.control.normalizers import RewardScaler, RunningNormalizer


def test_statistics_of_parts_are_those_of_the_whole(rng):
    parts = [rng.normal(3, [1, 5], size=(count, 2)) for count in (10, 1, 300)]
    normalizer = RunningNormalizer()
    normalizer.build((None, 2))
    for part in parts:
        normalizer.update(part)
    whole = np.concatenate(parts)
    np.testing.assert_allclose(normalizer.mean, whole.mean(0), rtol=1e-5)
    np.testing.assert_allclose(normalizer.variance, whole.var(0), rtol=1e-4)
    expected = (whole - whole.mean(0)) / whole.std(0)
    np.testing.assert_allclose(normalizer(whole.astype("float32")), expected, atol=1e-3)


def test_what_hardly_moves_is_not_magnified():
    normalizer = RunningNormalizer(epsilon=0.1**2)
    normalizer.build((None, 1))
    normalizer.update(np.array([[1.0], [1.001]]))
    assert abs(float(normalizer(np.float32([[1.01]]))[0, 0])) < 0.2


def test_rewards_are_divided_by_the_deviation_of_the_discounted_return(rng):
    scaler = RewardScaler(2, gamma=0.9)
    running, seen = np.zeros(2), []
    for step in range(50):
        rewards, ended = rng.normal(size=2), np.array([step % 7 == 6, False])
        running = 0.9 * running + rewards
        seen.extend(running)
        scaled = scaler.scale(rewards, ended)
        running = running * ~ended
    np.testing.assert_allclose(scaled, np.clip(rewards / np.std(seen), -10, 10), rtol=1e-6)
