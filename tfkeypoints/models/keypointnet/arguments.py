"""The arguments of `KeypointNet` that are options of its training too. Imports no TensorFlow."""

import dataclasses
from typing import Literal

from tfkeypoints.models.options import Choice

PAPER_DILATIONS = (1, 1, 2, 4, 8, 16, 1, 2, 4, 8, 16, 1)


@dataclasses.dataclass(frozen=True)
class KeypointNetArguments:
    """The arguments of `KeypointNet`, but for what follows from the training; the defaults are the paper's."""

    num_keypoints: int = 10
    """Keypoints to find, K."""
    filters: int = 64
    """Channels of the backbone; the orientation network has half as many."""
    dilations: tuple[int, ...] = PAPER_DILATIONS
    """Dilation of every layer of a dilated backbone, in order."""
    first_stride: int = 1
    """Heatmaps have 1 / first_stride of the image's resolution."""
    backbone: str = "dilated"
    """The network from images to features, by its name in `tfkeypoints.backbones`, such as dilated (the paper's) or
    hourglass. In Python also a layer."""
    head_size: int = 3
    """Cells along a side that the last layers, of heatmaps and of depths, look at."""
    mean_depth: float | None = 30.0
    """Distance from camera to objects in world units, from which predicted depths are offsets; None, in a training:
    that of the training cameras from the origin."""
    focal: float | None = None
    """Vertical focal length, in halves of an image's height, for which mean_depth holds: depths are offset from one in
    proportion to each view's own, as is right where images from near and from far show as much of the world. None: the
    same for all views; in a training, what the data set tells, or that of its cameras if all have the same."""
    reprojection_consistency: float = 1.0
    """Weight of the term that lets views agree in the image; as for all terms, 0 leaves it out."""
    relative_pose: float = 0.2
    """Weight of the term that asks for the true rotation between views."""
    separation: float = 1.0
    """Weight of the term that keeps keypoints apart."""
    volume: float = 0.0
    """Weight of the term that keeps keypoints from lying in one plane."""
    silhouette: float = 1.0
    """Weight of the term that keeps keypoints on the object; 0 for images without alpha."""
    variance: float = 0.5
    """Weight of the term that makes heatmaps narrow."""
    orientation: float = 1.0
    """Weight of the term that teaches which way the object faces."""
    separation_delta: float = 0.05
    """Squared distance in world units below which two keypoints are pushed apart."""
    pose_noise: float = 0.1
    """Standard deviation, in world units, of noise on the points that tell the rotation, in training only."""
    use_orientation: Choice = True
    """Whether the network is told which way the object faces."""
    facing: Literal["network", "shared"] = "network"
    """What finds the way the object faces: a network of its own, as the paper's, or the same one between its way down
    and its way up, for a third less of a step. The backbone must be slim_hourglass then, or a layer with both ways."""
    input_range: Literal["symmetric", "unit"] = "symmetric"
    """What the networks see: colors in [-1, 1], mid-grey where transparent, and the facing as 1 or -1; or, as the
    original's do, colors in [0, 1], black where transparent, and the facing as 1 or 0."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "dilations", tuple(self.dilations))
