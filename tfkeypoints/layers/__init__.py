"""Keras layers from heatmaps to points and back."""

from tfkeypoints.layers.gaussian_maps import GaussianMaps
from tfkeypoints.layers.keypoint_expectation import KeypointExpectation
from tfkeypoints.layers.keypoint_noise import KeypointNoise
from tfkeypoints.layers.projection import PerspectiveProjection
from tfkeypoints.layers.ray_fusion import RayFusion
from tfkeypoints.layers.spatial_softmax import SpatialSoftmax
from tfkeypoints.layers.unprojection import PerspectiveUnprojection
from tfkeypoints.layers.view_fusion import ViewFusion

__all__ = [
    "GaussianMaps",
    "KeypointExpectation",
    "KeypointNoise",
    "PerspectiveProjection",
    "PerspectiveUnprojection",
    "RayFusion",
    "SpatialSoftmax",
    "ViewFusion",
]
