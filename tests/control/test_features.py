import keras
import numpy as np
import pytest

from tests import reference
from tests.rounding import NETWORK
from tfkeypoints.control.actions import GaussianActions
from tfkeypoints.control.agent import Agent
from tfkeypoints.control.detector import ObservationBuffer, build_detector
from tfkeypoints.control.features import KeypointFeatures, PixelFeatures


@pytest.fixture
def observations(rng):
    """Five environments, two frames, three cameras."""
    intrinsics, extrinsics = reference.random_cameras(rng, (3,))
    return {
        "image": rng.integers(0, 256, (5, 2, 3, 48, 48, 3)).astype("uint8"),
        "intrinsics": np.tile(intrinsics.astype("float32"), (5, 2, 1, 1, 1)),
        "extrinsics": np.tile(extrinsics.astype("float32"), (5, 2, 1, 1, 1)),
        "proprioception": rng.normal(size=(5, 2, 1)).astype("float32"),
    }


def small_detector(observations, **options):
    return build_detector(observations, 1e-3, num_keypoints=4, filters=4, **options)


def test_windows_are_the_middle_or_the_same_place_in_all_frames_of_a_camera(observations):
    observations["image"][:, 1] = observations["image"][:, 0]
    features = PixelFeatures(crop_size=40)
    images = observations["image"]
    np.testing.assert_array_equal(features._window(images, training=False), images[:, :, :, 4:44, 4:44])
    drawn = features._window(images, training=True).numpy()
    np.testing.assert_array_equal(drawn[:, 0], drawn[:, 1])
    for env, view in np.ndindex(5, 3):
        places = [
            (row, column)
            for row, column in np.ndindex(9, 9)
            if (images[env, 0, view, row : row + 40, column : column + 40] == drawn[env, 0, view]).all()
        ]
        assert len(places) == 1


def test_keypoints_of_every_frame_are_those_that_the_detector_finds_in_it(observations):
    detector = small_detector(observations)
    vector = KeypointFeatures(detector).perceive(observations)["vector"].numpy()
    assert vector.shape == (5, 2 * 4 * 4 + 2)
    frame = {name: observations[name][:, 1] for name in ("image", "intrinsics", "extrinsics")}
    found = detector(frame)
    points = vector[:, 16:32].reshape(5, 4, 4)
    np.testing.assert_allclose(points[..., :3] * detector.world_scale, found["keypoints"], atol=1e-4)
    np.testing.assert_allclose(points[..., 3], found["attention"].numpy().mean(1), **NETWORK)
    np.testing.assert_allclose(vector[:, 32:], observations["proprioception"][:, :, 0])


@pytest.mark.parametrize("joint", [False, True])
def test_an_agent_comes_back_from_its_file_with_its_detector(observations, joint, tmp_path):
    agent = Agent(KeypointFeatures(small_detector(observations), joint), GaussianActions([-1], [1]))
    expected = agent.act(observations, deterministic=True)
    agent.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", compile=False)
    answer = loaded.act(observations, deterministic=True)
    for name in ("environment_action", "value"):
        np.testing.assert_allclose(answer[name], expected[name], **NETWORK)
    assert loaded.features.joint == joint


def test_the_detector_is_no_part_of_the_agents_own_weights(observations):
    detector = small_detector(observations)
    agent = Agent(KeypointFeatures(detector), GaussianActions([-1], [1]))
    agent.act(observations)
    own, taught = ({id(weight) for weight in weights} for weights in (agent.own_weights(), agent.detector_weights()))
    assert not own & taught
    assert taught == {id(weight) for weight in detector.trainable_variables}
    assert own | taught == {id(weight) for weight in agent.trainable_variables}


def test_the_buffer_keeps_the_newest_frames_and_says_what_it_takes(observations, rng):
    buffer = ObservationBuffer(8, {name: values[0, 0] for name, values in observations.items()})
    for mark in range(4):
        observations["image"][:] = mark
        buffer.add(observations)
    assert buffer.size == 8
    assert buffer.nbytes == 8 * (3 * 48 * 48 * 3 + 4 * 3 * 9 + 4 * 3 * 16)
    assert set(np.unique(buffer.sample(200, rng)["image"])) == {2, 3}
