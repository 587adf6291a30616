"""How a policy's detector is taught: at which rates, and by which terms."""

import numpy as np
import pytest

from tests import reference
from tfkeypoints.control.detector import DetectorTrainer, ObservationBuffer, build_detector

RATE = 4e-3


@pytest.fixture
def observations(rng):
    """Five environments, one frame, two cameras."""
    intrinsics, extrinsics = reference.random_cameras(rng, (2,))
    return {
        "image": rng.integers(0, 256, (5, 1, 2, 16, 16, 3)).astype("uint8"),
        "intrinsics": np.tile(intrinsics.astype("float32"), (5, 1, 1, 1, 1)),
        "extrinsics": np.tile(extrinsics.astype("float32"), (5, 1, 1, 1, 1)),
    }


@pytest.fixture
def trainer(observations):
    return make_trainer(observations)


def make_trainer(observations):
    detector = build_detector(observations, RATE, num_keypoints=4, filters=4)
    buffer = ObservationBuffer(16, {name: values[0, 0] for name, values in observations.items()})
    buffer.add(observations)
    return DetectorTrainer(detector, buffer, batch_size=2)


def weights(trainer):
    return [variable.numpy() for variable in trainer.detector.trainable_variables]


def test_the_rate_falls_to_a_tenth_and_then_with_the_policys_to_nothing(trainer, rng, monkeypatch):
    plans = []
    monkeypatch.setattr(trainer, "_learn", lambda plan, rng: plans.append([*plan]) or {})
    trainer.start(1000, rng)
    rates, ramps = np.transpose(plans[0])
    assert len(rates) == 1000
    np.testing.assert_allclose(rates[[0, 500]], [1, 0.55])
    assert 0.1 < rates[-1] < 0.1001
    assert (np.diff(rates) < 0).all()
    np.testing.assert_allclose(ramps[[0, 250, 500, 999]], [0, 0.5, 1, 1])
    trainer.train(2, rng, done=0.25)
    np.testing.assert_allclose(plans[-1], [[0.075, 1], [0.075, 1]])


def test_steps_beside_the_policy_take_the_settled_rate_and_tell_every_term(trainer, rng):
    before = weights(trainer)
    logs = trainer.train(2, rng, done=0.5)
    assert float(trainer.detector.optimizer.learning_rate) == pytest.approx(0.05 * RATE)
    assert {"detector_reconstruction", "detector_coverage", "detector_loss"} <= set(logs)
    assert any(not np.array_equal(old, new) for old, new in zip(before, weights(trainer), strict=True))


def test_no_steps_change_nothing(trainer, rng):
    before = weights(trainer)
    trainer.start(0, rng)
    assert trainer.train(0, rng, done=0) == {}
    for old, new in zip(before, weights(trainer), strict=True):
        np.testing.assert_array_equal(old, new)


def test_what_most_frames_show_is_the_background(observations, rng):
    at_rest = observations["image"][0, 0].copy()
    observations["image"][:4] = at_rest
    trainer = make_trainer(observations)
    trainer.start(0, rng)
    np.testing.assert_allclose(trainer.detector.background_images, at_rest / 255, atol=1e-6)


def test_the_rate_falls_without_steps_too(trainer, rng):
    trainer.detector.multiview_ramp.assign(0.3)
    for done in (0.0, 0.75):
        trainer.train(0, rng, done)
        assert float(trainer.detector.optimizer.learning_rate) == pytest.approx(0.1 * (1 - done) * RATE)
        assert float(trainer.detector.multiview_ramp) == 1
