"""The published systems as Keras models."""

from tfkeypoints.models.keypointnet import KeypointNet
from tfkeypoints.models.orientation import OrientationNet

__all__ = ["KeypointNet", "OrientationNet"]
