"""The arguments of `Keypoint3D` that are options of its training too. Imports no TensorFlow."""

import dataclasses
from typing import Literal


@dataclasses.dataclass(frozen=True)
class Keypoint3DArguments:
    """The arguments of `Keypoint3D`, but for what follows from the data; the defaults are the original's."""

    num_keypoints: int = 32
    """Keypoints to find, K."""
    view_encoding: Literal["separate", "stacked", "shared"] = "separate"
    """separate: an encoder and a decoder a camera; stacked: one network over the channels of all cameras; shared: the
    same weights for every camera."""
    filters: int = 16
    """Channels of the finest level of encoder and decoder."""
    levels: int = 3
    """How often the resolution is halved; heatmaps have `image_size` / 2^levels."""
    dilations: tuple[int, ...] = (1, 2)
    """Of the encoder's layers at the lowest resolution."""
    mean_depth: float | None = 1.0
    """Distance from cameras to the scene in world units; predicted depths lie within twice that. None, in a training:
    the distance to where the cameras' axes meet."""
    focal: float | None = None
    """Vertical focal length, in halves of an image's height, for which mean_depth holds: predicted depths are in
    proportion to each view's own, so that a thing is put where it is seen as large. None: the same for all views; in a
    training, what the data set tells, if it does."""
    world_scale: float | None = 1.0
    """World units that count as 1 in the multi-view and separation terms. None, in a training: a quarter of what a
    camera sees from top to bottom."""
    logit_scale: float = 5.0
    """Factor on the logits of the spatial softmax (soft-argmax), one over its temperature."""
    noise: float = 0.05
    """Noise on keypoints in training, as a fraction of their heatmaps' standard deviation."""
    gaussian_width: float = 0.75
    """Standard deviation of a drawn Gaussian at the mean depth, in cells of the height."""
    fusion: Literal["attention", "rays", "mean", "none"] = "attention"
    """How the views' points become one: their mean weighted by the attention that they pay; the place nearest to their
    rays, weighted likewise, whose depth each of them then takes over; their plain mean; or not at all (each view's
    image is rebuilt from the points of that view alone)."""
    background: Literal["none", "features", "residual"] = "none"
    """What the decoder is told of the scene at rest: nothing, its features, or the image to which it adds."""
    moving_weight: float = 0.0
    """Extra weight, in the reconstruction, of pixels that differ from the background by 1."""
    reconstruction: float = 5.0
    """Weight of the term that rebuilds the images."""
    multiview_consistency: float = 0.05
    """Weight of the term that lets views agree in 3D."""
    separation: float = 0.0025
    """Weight of the term that keeps keypoints apart."""
    silhouette: float = 0.0
    """Weight of the term that keeps heatmaps on what differs from the background."""
    coverage: float = 0.0
    """Weight of the term that keeps some heatmap near whatever differs from the background."""
    variance: float = 0.0
    """Weight of the term that makes heatmaps narrow."""
    separation_sharpness: float = 1000.0
    """One over the squared distance, in world_scale, at which two keypoints are half as repelled."""
    backbone: str = "strided"
    """The encoder's network from images to features, by its name in `tfkeypoints.backbones`, such as strided (the
    original's) or hourglass. In Python also a layer."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "dilations", tuple(self.dilations))
