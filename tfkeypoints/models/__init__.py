"""The published systems as Keras models, a package a method. Their recipes can be read without TensorFlow."""

import sys

from tfkeypoints.lazy import attach

PLACES = {
    "Keypoint3D": "keypoint3d.keypoint3d",
    "KeypointNet": "keypointnet.keypointnet",
    "OrientationNet": "keypointnet.orientation",
}

__getattr__, __dir__ = attach(__name__, PLACES)

if "keras" in sys.modules:  # then nothing is saved by waiting, and saved models can be loaded: Keras knows the classes
    for _name in PLACES:
        __getattr__(_name)
