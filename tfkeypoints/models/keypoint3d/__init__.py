"""Keypoint3D: keypoints of a moving scene, learnt by rebuilding what its cameras see."""

from tfkeypoints.lazy import attach

# Here files of version 0.1 look for the class.
__getattr__, __dir__ = attach(__name__, {"Keypoint3D": "keypoint3d"})
