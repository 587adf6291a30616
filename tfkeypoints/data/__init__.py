"""Multi-view examples: what they must look like, where they come from, and how they are batched."""

from tfkeypoints.lazy import attach

__getattr__, __dir__ = attach(
    __name__,
    {
        **dict.fromkeys(("batches", "load", "scene_at_rest"), "pipeline"),
        **dict.fromkeys(("build", "dataset_info", "render"), "builders"),
        "check_example": "example",
    },
)
