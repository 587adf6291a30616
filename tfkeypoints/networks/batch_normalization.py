"""Batch normalisation by TensorFlow's fused kernel, in less than half the time and memory of the generic one."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="tfkeypoints")
class FusedBatchNormalization(keras.layers.BatchNormalization):
    """`keras.layers.BatchNormalization` over channels-last images, trained by one fused kernel a direction.

    Takes and answers as its parent does; weights are interchangeable with it.

    Call arguments:
        inputs: `[N, H, W, C]` float.

    Note: the moving variance gathers the unbiased estimate, as the fused kernel returns it.
    """

    def call(self, inputs, training=None, mask=None):
        if not (training and self.trainable):
            return super().call(inputs, training=training, mask=mask)
        normalised, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            inputs,
            tf.convert_to_tensor(self.gamma),
            tf.convert_to_tensor(self.beta),
            epsilon=self.epsilon,
            is_training=True,
        )
        for moving, batch in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving * self.momentum + tf.cast(batch, moving.dtype) * (1 - self.momentum))
        return normalised
