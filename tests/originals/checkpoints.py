"""Checkpoint files as the original's Estimator leaves them."""

import tensorflow as tf


def write_checkpoint(variables, prefix):
    """Writes variables by TensorFlow 1's saver, and the file `checkpoint`; returns the prefix with the step."""
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        made = [tf.compat.v1.get_variable(name, initializer=value) for name, value in variables.items()]
        session.run(tf.compat.v1.global_variables_initializer())
        return tf.compat.v1.train.Saver(made).save(session, str(prefix), int(variables.get("global_step", 0)))
