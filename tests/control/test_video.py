from types import SimpleNamespace

import pytest

pytest.importorskip("gymnasium", reason="Gymnasium is not installed (extra `control`)")

import numpy as np
import tensorflow as tf

from tfkeypoints.control import video
from tfkeypoints.control.environments import make_vector
from tfkeypoints.visualization import episode_frames


class Resting:
    """Never moves the ball, and sees one keypoint that moves on with each frame."""

    features = SimpleNamespace(
        detector=SimpleNamespace(
            detect=lambda views: {
                "keypoints": 0.02 * tf.range(tf.shape(views["image"])[0], dtype=tf.float32)[:, None, None] * tf.ones(3)
            }
        )
    )

    def act(self, observations, deterministic):
        return {"environment_action": tf.zeros([1, 3])}


@pytest.fixture
def envs():
    made = make_vector("point_reach", 1, ("image", "intrinsics", "extrinsics"))
    yield made
    made.close()


def test_an_episode_starts_without_the_trails_of_the_one_before(envs, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        video, "episode_frames", lambda *given, **how: drawn.append(given) or episode_frames(*given, **how)
    )
    frames = video.record(Resting(), envs, episodes=2, seed=0)
    images, uv = drawn[1]
    assert len(images) == 50
    np.testing.assert_array_equal(frames[50, :-40], episode_frames(images[:1], uv[:1])[0, :-40])  # all but the legend


def test_no_episode_is_refused():
    with pytest.raises(ValueError, match=r"`episodes` must be a positive integer. Received: episodes=0"):
        video.record(None, None, 0)
