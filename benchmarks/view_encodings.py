"""Why `view_encoding="separate"` runs one convolution a camera: against one grouped convolution over all of them.

    python benchmarks/view_encodings.py

Both compute the same numbers. Times are processor time, forward and backward.
"""

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--size", type=int, default=32, help="height and width of the maps")
    parser.add_argument("--filters", type=int, default=32)
    parser.add_argument("--views", type=int, default=3)
    arguments = parser.parse_args()
    maps = tf.random.normal([arguments.batch_size, arguments.size, arguments.size, arguments.views * arguments.filters])
    weights = tf.random.normal([3, 3, arguments.filters, arguments.views * arguments.filters])
    answers, times = {}, {}
    for name, convolve in (("one a camera", one_a_camera), ("grouped", grouped)):
        step = there_and_back(lambda maps, weights, f=convolve: f(maps, weights, arguments.views))
        answers[name] = step(maps, weights)
        times[name] = processor_time(lambda step=step: step(maps, weights))
        print(f"{name:14s}{1000 * times[name]:8.1f} ms")
    apart = max(float(tf.reduce_max(tf.abs(a - b))) for a, b in zip(*answers.values(), strict=True))
    print(f"grouped / one a camera: {times['grouped'] / times['one a camera']:.1f}   largest difference {apart:.1e}")


def one_a_camera(maps, weights, views):
    parts = zip(tf.split(maps, views, -1), tf.split(weights, views, -1), strict=True)
    return tf.concat([tf.nn.conv2d(each, kernel, 1, "SAME") for each, kernel in parts], -1)


def grouped(maps, weights, views):
    return tf.nn.conv2d(maps, weights, 1, "SAME")  # groups follow from the shapes: C / (channels of the kernel)


def there_and_back(convolve):
    @tf.function
    def step(maps, weights):
        with tf.GradientTape() as tape:
            tape.watch((maps, weights))
            loss = tf.reduce_mean(convolve(maps, weights) ** 2)
        return tape.gradient(loss, (maps, weights))

    return step


def processor_time(function, repeats=5):
    function()
    start = time.process_time()
    for _ in range(repeats):
        result = function()
    np.asarray(result[0])
    return (time.process_time() - start) / repeats


if __name__ == "__main__":
    main()
