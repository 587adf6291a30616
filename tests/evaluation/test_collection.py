"""What is collected of a model does not depend on the devices that it is trained on."""

import subprocess
import sys

ON_DEVICES = """
import numpy as np
import tensorflow as tf
from tests.training.replicated import OPTIONS, examples
from tfkeypoints.evaluation import collect
from tfkeypoints.models import Keypoint3D

(cpu,) = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
frames = examples(5, 3, seed=0)
first = {name: values[:1] for name, values in frames.items()}
alone = Keypoint3D(**OPTIONS["keypoint3d"])
alone(first)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
with strategy.scope():
    mirrored = Keypoint3D(**OPTIONS["keypoint3d"])
    mirrored(first)
mirrored.set_weights(alone.get_weights())
expected, found = (collect(model, tf.data.Dataset.from_tensor_slices(frames), 4) for model in (alone, mirrored))
assert expected.keys() == found.keys()
for name, values in expected.items():
    # Sums of float32 over at most 24 x 24 places, which another kernel may add in another order.
    np.testing.assert_allclose(found[name], values, rtol=1e-4, atol=1e-4, err_msg=name)
assert len(found["keypoints"]) == 5
"""


def test_a_model_on_two_devices_gives_each_answer_once():
    told = subprocess.run([sys.executable, "-c", ON_DEVICES], capture_output=True, text=True)
    assert told.returncode == 0, told.stderr[-3000:]
