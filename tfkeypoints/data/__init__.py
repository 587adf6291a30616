"""Multi-view examples: what they must look like, where they come from, and how they are batched."""

from tfkeypoints.data.builders import build, dataset_info
from tfkeypoints.data.example import check_example
from tfkeypoints.data.pipeline import batches, load, scene_at_rest

__all__ = ["batches", "build", "check_example", "dataset_info", "load", "scene_at_rest"]
