"""A training in its run folder: the loop, what it keeps on disk, its optimizers and callbacks."""

from tfkeypoints.lazy import attach

__getattr__, __dir__ = attach(
    __name__,
    {
        **dict.fromkeys(("check_examples", "check_monitor", "split_steps", "train"), "loop"),
        **dict.fromkeys(("ConvolutionMuon", "learning_rate_schedule", "make_optimizer", "optimizer_of"), "optimizers"),
        "Run": "run",
        **{name: name for name in ("callbacks", "checkpoint", "loop", "optimizers", "run")},
    },
)
