"""The optimizer of Keras that suits convolutions, and by which name presets ask for it."""

from typing import TYPE_CHECKING

import keras
from keras import ops

if TYPE_CHECKING:
    import tensorflow as tf

    from tfkeypoints.models.recipe import Recipe


WARM_UP = 0.05
"""Share of the steps in which the learning rate rises to its peak."""

WEIGHT_DECAY = 0.01
"""Share of a kernel that a step with learning rate 1 takes away."""


@keras.saving.register_keras_serializable(package="tfkeypoints")
class ConvolutionMuon(keras.optimizers.Muon):
    """Muon for convolution kernels, Adam for everything else.

    ΔW = -0.2 η √max(9 C, F) · orthogonalised(momentum),   W the kernel as a matrix [9 C, F]

    so that all directions of a kernel are learnt equally fast. The factor makes an update about as large as one of
    Adam's, so that learning rates of Adam are a good start. Biases, scales and the layers named in `exclude_layers`,
    where last layers belong, are Adam's.

    Args:
        learning_rate: As for any optimizer of Keras.
        **kwargs: See `keras.optimizers.Muon`.

    Reference: Jordan et al., Muon: An optimizer for hidden layers in neural networks, 2024. The scale: Liu et al., Muon
    is Scalable for LLM Training, 2025, section 2.2.
    Note: Keras' own Muon takes matrices only and leaves convolutions to Adam. Here its iteration runs on the small Gram
        matrix, which takes less than half of the time.

    Example:
        >>> model.compile(optimizer=ConvolutionMuon(4e-3, exclude_layers=["head"]))
    """

    def _should_use_adamw(self, variable: keras.Variable) -> bool:
        return len(variable.shape) != 4 or any(name in variable.path for name in self.exclude_layers)

    def _muon_update_step(
        self, gradient: "tf.Tensor", variable: keras.Variable, lr: "float | tf.Tensor", m: keras.Variable
    ) -> None:
        self.assign(m, ops.add(ops.multiply(m, self.momentum), gradient))
        ahead = ops.add(gradient, ops.multiply(m, self.momentum)) if self.nesterov else m
        matrix = ops.reshape(ahead, (-1, variable.shape[-1]))
        update = self.lr_adjust(lr * self.zeropower_via_newtonschulz5(matrix, self.ns_steps))
        self.assign_sub(variable, ops.reshape(update, variable.shape))

    def zeropower_via_newtonschulz5(self, x: "tf.Tensor", steps: int) -> "tf.Tensor":
        """X P, where P is the product of the polynomials Q = a + b A + c A² of the Gram matrix A = Xᵀ X.

        Q commutes with A, so that the next Gram matrix is A Q², and X is needed at the end only.
        """
        if x.shape[0] < x.shape[1]:
            return ops.transpose(self.zeropower_via_newtonschulz5(ops.transpose(x), steps))
        x = x / (ops.norm(x) + 1e-7)
        gram = ops.matmul(ops.transpose(x), x)
        identity = ops.eye(x.shape[1], dtype=x.dtype)
        product = identity
        for step in range(steps):
            factor = self.muon_a * identity + self.muon_b * gram + self.muon_c * ops.matmul(gram, gram)
            product = ops.matmul(product, factor) if step else factor
            if step < steps - 1:
                gram = ops.matmul(ops.matmul(gram, factor), factor)
        return ops.matmul(x, product)


def make_optimizer(
    name: str, learning_rate: float | keras.optimizers.schedules.LearningRateSchedule
) -> keras.optimizers.Optimizer:
    """Makes the optimizer that a preset names.

    Args:
        name: "adam" or "muon"; the latter leaves layers with "head" in their names to Adam.
        learning_rate: A number or a schedule.

    Returns:
        `keras.optimizers.Optimizer`.

    Raises:
        ValueError: If the name is another one.
    """
    if name == "adam":
        return keras.optimizers.Adam(learning_rate)
    if name == "muon":
        return ConvolutionMuon(
            learning_rate, weight_decay=WEIGHT_DECAY, adam_weight_decay=None, exclude_layers=["head"]
        )
    raise ValueError(f"`optimizer` must be 'adam' or 'muon'. Received: optimizer={name!r}")


def learning_rate_schedule(peak: float, steps: int) -> keras.optimizers.schedules.LearningRateSchedule:
    """A short warm-up to `peak`, then half a cosine down to a hundredth of it."""
    warm_up = max(1, int(WARM_UP * steps))
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=peak / warm_up,
        warmup_target=peak,
        warmup_steps=warm_up,
        decay_steps=max(1, steps - warm_up),
        alpha=0.01,
    )


def optimizer_of(preset: "Recipe", steps: int) -> keras.optimizers.Optimizer:
    """The optimizer of a preset, whose learning rate falls within `steps`; see `learning_rate_schedule`."""
    return make_optimizer(preset.optimizer, learning_rate_schedule(preset.learning_rate, steps))
