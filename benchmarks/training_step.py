"""Cost of one KeypointNet training step: processor time, peak memory, and speed of its convolutions.

    python benchmarks/training_step.py                       # the paper preset, batch 8
    python benchmarks/training_step.py --precision bfloat16
    python benchmarks/training_step.py --layers keras
    python benchmarks/training_step.py --preset small --batch-size 16

For comparison, the original (TensorFlow 1 code, 128 px, 64 filters, batch 8, two threads) needed 10.2 s of processor
time and 4.7 GiB on the kind of machine that the figures in docs/results.md come from. `--layers keras` takes about as
much: the same network with Keras' convolution, batch normalisation and leaky ReLU in the place of our blocks. Where the
network is the dilated one, whose layers have one size, its convolutions are compared with one plain 3×3 convolution of
that size and precision, forward and backward, in the same run.
"""

import argparse
import os
import resource
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

from tfkeypoints.backbones import dilated, hourglass
from tfkeypoints.geometry import camera
from tfkeypoints.models.keypointnet.presets import PRESETS
from tfkeypoints.training.optimizers import make_optimizer


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", choices=sorted(PRESETS), default="paper")
    parser.add_argument("--batch-size", type=int, default=8, help="pairs of views a step")
    parser.add_argument("--steps", type=int, default=5, help="steps that are timed, after two that are not")
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32", help="of the networks")
    parser.add_argument("--layers", choices=["ours", "keras"], default="ours", help="that the network is made of")
    arguments = parser.parse_args()
    if arguments.layers == "keras":
        dilated.ConvolutionBlock = hourglass.ConvolutionBlock = KerasBlock
    if arguments.precision == "bfloat16":
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
    recipe = PRESETS[arguments.preset]

    batch = random_pairs(arguments.batch_size, recipe.image_size)
    model = recipe.build(batch)
    model.compile(make_optimizer(recipe.optimizer, recipe.learning_rate))
    for _ in range(2):
        model.train_on_batch(batch)
    processor, wall = cost(lambda: model.train_on_batch(batch), arguments.steps)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20

    print(f"{arguments.preset} preset, {model.count_params():,} parameters, batch {arguments.batch_size} pairs")
    print(f"layers, precision      {arguments.layers}, {arguments.precision}")
    print(f"processor time a step  {processor:6.2f} s   (wall {wall:.2f} s)")
    print(f"peak resident memory   {peak:6.2f} GiB")
    if recipe.model.backbone == "dilated":
        speed = 3 * 2 * arguments.batch_size * multiplications_per_image(recipe) * 2 / processor
        size = recipe.image_size // recipe.model.first_stride
        best = best_convolution_speed(recipe.model.filters, size, arguments.precision)
        print(
            f"convolutions           {speed / 1e9:6.0f} GFLOP a processor second, {speed / best:.0%} of a plain one's"
        )


class KerasBlock(keras.layers.Layer):
    """What `ConvolutionBlock` computes, from Keras' own layers."""

    def __init__(self, filters, strides=1, dilation=1, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.convolution = keras.layers.Conv2D(
            filters, 3, strides=strides, dilation_rate=dilation, padding="same", use_bias=False, dtype=self.dtype_policy
        )
        self.normalization = keras.layers.BatchNormalization(momentum=0.95, dtype=self.dtype_policy)
        self.activation = keras.layers.LeakyReLU(0.1, dtype=self.dtype_policy)

    def build(self, input_shape):
        self.convolution.build(input_shape)
        self.normalization.build(self.compute_output_shape(input_shape))

    def call(self, features, training=False):
        return self.activation(self.normalization(self.convolution(features), training=training))

    def compute_output_shape(self, input_shape):
        return self.convolution.compute_output_shape(input_shape)


def random_pairs(batch_size, image_size):
    """Noise images with true cameras."""
    rng = np.random.default_rng(0)
    eyes = rng.normal(size=(batch_size, 2, 3))
    eyes *= 30 / np.linalg.norm(eyes, axis=-1, keepdims=True)
    intrinsics = camera.intrinsics_from_fov(np.deg2rad(5.0)).numpy()
    return {
        "image": rng.integers(0, 256, (batch_size, 2, image_size, image_size, 4)).astype(np.uint8),
        "intrinsics": np.tile(intrinsics.astype(np.float32), (batch_size, 2, 1, 1)),
        "extrinsics": camera.look_at(eyes, np.zeros(3), np.array([0.0, 0.0, 1.0])).numpy().astype(np.float32),
    }


def multiplications_per_image(recipe):
    """Multiply-adds of all convolutions of a recipe with the dilated backbone, in one forward pass of one image.

    Those of the orientation network are included.
    """
    model = recipe.model
    cells = (recipe.image_size // model.first_stride) ** 2
    layers = len(model.dilations)
    total = 0
    for filters, channels, outputs in ((model.filters, 4, 2 * model.num_keypoints), (model.filters // 2, 3, 2)):
        total += 9 * cells * filters * (channels + (layers - 1) * filters + outputs)
    return total


def best_convolution_speed(filters, size, precision):
    """Operations a processor second of one plain 3×3 convolution, forward and backward."""
    images = tf.cast(tf.random.normal([8, size, size, filters]), precision)
    weights = tf.cast(tf.random.normal([3, 3, filters, filters]), precision)

    @tf.function
    def there_and_back():
        with tf.GradientTape() as tape:
            tape.watch((images, weights))
            loss = tf.reduce_sum(tf.nn.conv2d(images, weights, 1, "SAME") ** 2)
        return tape.gradient(loss, (images, weights))

    there_and_back()
    processor, _ = cost(there_and_back, 10)
    return 3 * 2 * 8 * 9 * size**2 * filters**2 / processor


def cost(function, repeats):
    """Mean processor and wall seconds of a call."""
    wall, processor = time.perf_counter(), time.process_time()
    for _ in range(repeats):
        result = function()
    tf.nest.map_structure(lambda each: np.asarray(each), result)
    return (time.process_time() - processor) / repeats, (time.perf_counter() - wall) / repeats


if __name__ == "__main__":
    main()
