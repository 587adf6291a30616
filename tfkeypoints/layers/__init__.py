"""Keras layers from heatmaps to points and back."""

from tfkeypoints.layers.keypoint_expectation import KeypointExpectation
from tfkeypoints.layers.projection import PerspectiveProjection
from tfkeypoints.layers.spatial_softmax import SpatialSoftmax
from tfkeypoints.layers.unprojection import PerspectiveUnprojection

__all__ = ["KeypointExpectation", "PerspectiveProjection", "PerspectiveUnprojection", "SpatialSoftmax"]
