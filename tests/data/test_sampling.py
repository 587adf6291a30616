import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from tfkeypoints.data.sampling import Share, ordered_batches, ordered_steps, shuffled_batches

EXAMPLES = {"image": tf.range(13)}


def with_chance(example, seed):
    return {**example, "chance": tf.random.stateless_uniform([], seed)}


def flat(batches, name):
    return [batch[name].numpy().tolist() for batch in batches]


@pytest.mark.parametrize(("workers", "replicas"), [(2, 1), (1, 4), (2, 2), (4, 1)])
def test_the_shares_of_all_replicas_are_the_batches_of_one_process(workers, replicas):
    for name in ("image", "chance"):
        whole = flat(shuffled_batches(EXAMPLES, 8, 3, 2, with_chance).take(5), name)
        parts = [
            flat(shuffled_batches(EXAMPLES, 8, 3, 2, with_chance, Share(w, workers, replicas)).take(5 * replicas), name)
            for w in range(workers)
        ]
        # [worker, step, replica, example] to [step, worker, replica, example]
        together = np.reshape(parts, (workers, 5, replicas, -1)).transpose(1, 0, 2, 3).reshape(5, 8)
        np.testing.assert_array_equal(together, whole)


@pytest.mark.parametrize(("workers", "replicas"), [(2, 1), (1, 2), (2, 2), (3, 1), (8, 1)])
def test_each_batch_of_a_validation_has_one_replica(workers, replicas):
    shares = [Share(worker, workers, replicas) for worker in range(workers)]
    read = [flat(ordered_batches(EXAMPLES, 3, share), "image") for share in shares]
    whole = flat(ordered_batches(EXAMPLES, 3), "image")
    assert sorted(batch for batches in read for batch in batches) == whole
    steps = [ordered_steps(13, 3, share) for share in shares]
    assert steps == [-(-len(batches) // replicas) for batches in read]


LOADING = """
import resource
import tensorflow as tf
from tfkeypoints.data.sampling import in_memory

def example(number):
    cameras = tf.eye(4, batch_shape=[2])
    image = tf.fill([2, 64, 64, 4], tf.cast(1 + number % 255, tf.uint8))
    instance = tf.strings.as_string(number % 4000)
    return {"image": image, "intrinsics": cameras[:, :3, :3], "extrinsics": cameras, "instance": instance}

def most():
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

examples = tf.data.Dataset.range(8000).map(example)
in_memory(examples.take(100))
before = most()
image = in_memory(examples, num_views=4)["image"]
assert image.shape == [4000, 4, 64, 64, 4], image.shape
assert sorted(image[:, 0, 0, 0, 0].numpy().tolist()) == sorted(1 + number % 255 for number in range(4000))
print((most() - before) / (8000 * 2 * 64 * 64 * 4))
"""


def test_loading_examples_takes_their_memory_once():
    """Their size is 250 MiB; what is read ahead is far from half of it."""
    done = subprocess.run([sys.executable, "-c", LOADING], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 1.5
