"""A policy as a TensorFlow SavedModel, for programs that know nothing of this library."""

from pathlib import Path

import keras
import tensorflow as tf

from tfkeypoints import files

SIGNATURE = "act"


def save(agent, folder, observation):
    """Writes a SavedModel with the signature `act`: observations of B environments to `action` and `value`.

    The action is the most probable one, within the environment's bounds.

    Args:
        agent: `Agent`, built.
        folder: Where it goes; must not exist.
        observation: Dict of name to {"shape": [S, ...], "dtype": ...} of one observation.

    Raises:
        ValueError: If the folder exists.

    Example:
        >>> act = tf.saved_model.load("exported/reach").signatures["act"]  # doctest: +SKIP
        >>> act(state=tf.zeros([1, 1, 6]))["action"]  # doctest: +SKIP
    """
    if Path(folder).exists():
        raise ValueError(f"`folder` should not exist yet. Received: folder={folder}")
    signature = {
        name: tf.TensorSpec([None, *entry["shape"]], entry["dtype"], name=name) for name, entry in observation.items()
    }

    def act(observations):
        answer = agent.act(observations, deterministic=True)
        return {"action": answer["environment_action"], "value": answer["value"]}

    archive = keras.export.ExportArchive()
    archive.track(agent)
    archive.add_endpoint(SIGNATURE, act, input_signature=[signature])
    with files.whole(folder) as partial:
        archive.write_out(str(partial), verbose=False)
