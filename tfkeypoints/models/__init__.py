"""The published systems as Keras models."""

from tfkeypoints.models.keypoint3d.keypoint3d import Keypoint3D
from tfkeypoints.models.keypointnet.keypointnet import KeypointNet
from tfkeypoints.models.keypointnet.orientation import OrientationNet

__all__ = ["Keypoint3D", "KeypointNet", "OrientationNet"]
