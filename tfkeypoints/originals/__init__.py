"""What the authors' own code left behind, as this library has it: their trained networks, with their numbers."""

from tfkeypoints.lazy import attach

__getattr__, __dir__ = attach(
    __name__, {"keypointnet": "keypointnet_variables", "read_checkpoint": "tensorflow_checkpoint"}
)
