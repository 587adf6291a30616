"""KeypointNet: keypoints of a category, learnt from pairs of views."""

from tfkeypoints.lazy import attach

# Here files of version 0.1 look for the classes.
__getattr__, __dir__ = attach(__name__, {"KeypointNet": "keypointnet", "OrientationNet": "orientation"})
