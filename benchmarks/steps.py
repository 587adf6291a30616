"""One training step of a recipe on noise images: its examples, its model, what it costs and what it multiplies.

TensorFlow is imported where it is used: a twin's process does without.
"""

import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import memory
import numpy as np

from tfkeypoints.geometry.poses import cameras_at
from tfkeypoints.rendering.views import orbit_cameras

USUAL_VIEWS = 3
"""Of a scene, where a recipe takes as many as its data set has."""
PLAIN = 64, 128
"""Filters, and side of the images, of the plain convolution that others are compared with."""


def random_examples(recipe):
    """A batch of noise images with true cameras, of a recipe's sizes: dict of arrays `[B, V, ...]`.

    The cameras of a scene stand around it, the same for every frame; those of objects stand anywhere. All are 30 away.
    """
    rng = np.random.default_rng(0)
    shape = recipe.batch_size, recipe.num_views or USUAL_VIEWS
    size = recipe.image_size
    if recipe.of_moving_scenes:
        cameras = [np.stack([each] * shape[0]) for each in orbit_cameras(shape[1], elevation=np.deg2rad(35.0))]
    else:
        eyes = rng.normal(size=(np.prod(shape), 3))
        eyes *= 30 / np.linalg.norm(eyes, axis=-1, keepdims=True)
        cameras = [each.reshape(*shape, *each.shape[1:]) for each in cameras_at(eyes, np.zeros(3), np.deg2rad(5.0))]
    channels = 3 if recipe.of_moving_scenes else 4
    return {
        "image": rng.integers(0, 256, (*shape, size, size, channels), np.uint8),
        **dict(zip(("intrinsics", "extrinsics"), cameras, strict=True)),
    }


def compiled(recipe, examples, **options):
    """The model of a recipe with its optimizer, in the threads of a training; options are those of `compile`."""
    from tfkeypoints.training.optimizers import make_optimizer
    from tfkeypoints.training.threads import use_threads

    use_threads(recipe.activations())
    model = recipe.build(examples)
    model.compile(make_optimizer(recipe.optimizer, recipe.learning_rate), **options)
    return model


def cost(step, repeats, warm_up=0):
    """Mean processor and wall seconds of a call whose answer is awaited."""
    for _ in range(warm_up):
        step()
    wall, processor = time.perf_counter(), time.process_time()
    for _ in range(repeats):
        step()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    return {"processor": processor / repeats, "wall": wall / repeats}


def after_imports(recipe):
    """Imports what a training step of ours needs, and returns the peak of memory after that, in GiB."""
    import tensorflow as tf  # noqa: F401

    import tfkeypoints.training.optimizers  # noqa: F401

    recipe.import_classes()
    return peak()


def peak():
    """The most memory that this process has held, in GiB."""
    return memory.peak(os.getpid()) / 1024


def multiplied(recipe, examples):
    """Floating-point operations of all convolutions in a training step, gradients included: two a multiply-add.

    Operations are counted as they run one by one. A gradient that nothing uses, such as that of the images, does not
    count: a training, whose step is a graph, leaves it out.
    """
    from tensorflow.python.framework import op_callbacks

    total, to_inputs = 0, {}

    def count(kind, inputs, attributes, outputs, *_):
        nonlocal total
        for each in inputs:
            total += to_inputs.pop(getattr(each, "_id", None), 0)
        kind = kind.decode() if isinstance(kind, bytes) else kind
        if kind == "Conv2D":
            total += operations(outputs[0].shape, inputs[1].shape)
        elif kind == "Conv2DBackpropInput":
            to_inputs[outputs[0]._id] = operations(inputs[2].shape, inputs[1].shape)
        elif kind == "Conv2DBackpropFilter":
            total += operations(inputs[2].shape, outputs[0].shape)

    model = compiled(recipe, examples, run_eagerly=True)
    model(examples)  # what layers try out when they are first called
    op_callbacks.add_op_callback(count)
    try:
        model.train_on_batch(examples)
    finally:
        op_callbacks.remove_op_callback(count)
    return total


def operations(answer, kernel):
    """Those of one convolution, or of one of its gradients, from the shapes of its answer and kernel."""
    return 2 * int(np.prod(answer)) * int(np.prod(kernel[:3]))


def plain_convolution_speed(filters=PLAIN[0], size=PLAIN[1], precision="float32"):
    """Operations a processor second of a plain 3×3 convolution of 8 images, forward and both gradients."""
    import tensorflow as tf

    images = tf.cast(tf.random.normal([8, size, size, filters]), precision)
    weights = tf.cast(tf.random.normal([3, 3, filters, filters]), precision)

    @tf.function
    def there_and_back():
        with tf.GradientTape() as tape:
            tape.watch((images, weights))
            loss = tf.reduce_sum(tf.nn.conv2d(images, weights, 1, "SAME") ** 2)
        return tape.gradient(loss, (images, weights))

    found = cost(lambda: [np.asarray(each) for each in there_and_back()], 10, warm_up=1)
    return 3 * operations(images.shape, weights.shape) / found["processor"]
