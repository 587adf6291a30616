"""The published systems as Keras models."""

from tfkeypoints.models.keypoint3d import Keypoint3D
from tfkeypoints.models.keypointnet import KeypointNet
from tfkeypoints.models.orientation import OrientationNet

__all__ = ["Keypoint3D", "KeypointNet", "OrientationNet"]
