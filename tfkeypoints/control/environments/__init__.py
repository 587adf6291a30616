"""Environments of Gymnasium that show themselves through calibrated cameras. Never imports TensorFlow.

An observation is a dict; which entries it has is asked for when the environment is made. An environment that is not
this library's gives them without the axis of stacked frames, S, see docs/control.md.

| key | dtype, shape | meaning |
| --- | --- | --- |
| `image` | uint8 `[S, V, H, W, 3]` | what V cameras see, the last S frames, oldest first |
| `intrinsics`, `extrinsics` | float32 `[S, V, 3, 3]`, `[S, V, 4, 4]` | the cameras, as everywhere in this library |
| `proprioception` | float32 `[S, P]` | what a robot knows of its own body |
| `state` | float32 `[S, D]` | the true state |
"""

from tfkeypoints.control.environments.catalog import ENVIRONMENTS, IMAGE_SIZE, make
from tfkeypoints.control.environments.schema import described
from tfkeypoints.control.environments.vector import make_vector

__all__ = ["ENVIRONMENTS", "IMAGE_SIZE", "described", "make", "make_vector"]
