"""Values and gradients of functions of one array."""

import tensorflow as tf


def gradient_of(function, array):
    """The value of a function at an array, and its gradient there."""
    variable = tf.constant(array)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        value = function(variable)
    return value.numpy(), tape.gradient(value, variable).numpy()
