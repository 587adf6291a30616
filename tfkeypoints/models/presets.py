"""Named sizes and schedules: what a training of a model is made of, besides its data."""

import dataclasses

PAPER_DILATIONS = (1, 1, 2, 4, 8, 16, 1, 2, 4, 8, 16, 1)
SHORT_DILATIONS = (1, 1, 2, 4, 8, 1, 2, 4, 8, 1)


@dataclasses.dataclass(frozen=True, kw_only=True)
class KeypointNetPreset:
    """A training of `KeypointNet`.

    Args:
        image_size: Side of the images in pixels.
        num_keypoints, filters, dilations, first_stride, network, reprojection_consistency, relative_pose, separation,
            volume, silhouette, pose_noise: Of the model.
        num_views: Views of an object that are trained on together, joined from examples that show the same one. Of V
            views every one of V (V - 1) / 2 pairs teaches, for the price of V images.
        vary_objects: Whether objects are also shown mirrored and recoloured, see `data.augmentation`.
        batch_size: Examples a step, of `num_views` views each.
        steps: Training steps.
        optimizer: "adam" or "muon", see `tfkeypoints.training.optimizers`.
        learning_rate: Peak; the rate warms up to it and falls along a cosine.
        orientation_start, orientation_end: Steps between which the true facing sign is withdrawn.
    """

    image_size: int
    num_keypoints: int = 10
    filters: int
    dilations: tuple[int, ...]
    first_stride: int
    network: str = "dilated"
    reprojection_consistency: float = 1.0
    relative_pose: float = 0.2
    separation: float = 1.0
    volume: float = 0.0
    silhouette: float = 1.0
    pose_noise: float = 0.1
    num_views: int = 2
    vary_objects: bool = False
    batch_size: int
    steps: int
    optimizer: str = "adam"
    learning_rate: float
    orientation_start: int
    orientation_end: int

    def model_arguments(self) -> dict:
        """The fields that are arguments of `KeypointNet`."""
        names = (
            *("num_keypoints", "filters", "dilations", "first_stride", "network"),
            *("reprojection_consistency", "relative_pose", "separation", "volume", "silhouette", "pose_noise"),
        )
        return {name: getattr(self, name) for name in names}


DEMO = KeypointNetPreset(
    image_size=64,
    filters=16,
    dilations=SHORT_DILATIONS,
    first_stride=2,
    network="hourglass",
    reprojection_consistency=20.0,
    relative_pose=5.0,
    separation=20.0,
    volume=1.0,
    silhouette=10.0,
    pose_noise=0.0,
    num_views=8,
    vary_objects=True,
    batch_size=4,
    steps=5_500,
    optimizer="muon",
    learning_rate=4e-3,
    orientation_start=1_500,
    orientation_end=3_500,
)

KEYPOINTNET_PRESETS = {
    "paper": KeypointNetPreset(
        image_size=128,
        filters=64,
        dilations=PAPER_DILATIONS,
        first_stride=1,
        batch_size=256,
        steps=200_000,
        learning_rate=1e-3,
        orientation_start=30_000,
        orientation_end=60_000,
    ),
    "small": dataclasses.replace(DEMO, steps=28_000, orientation_start=5_832, orientation_end=15_168),
    "demo": DEMO,
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Keypoint3DPreset:
    """A training of `Keypoint3D`.

    Args:
        image_size: Side of the images in pixels.
        crop_size: Side of the window that the networks see; None for the whole image.
        num_keypoints, view_encoding, filters, levels, dilations, gaussian_width, background, moving_weight,
            reconstruction, multiview_consistency, separation, separation_sharpness, silhouette, coverage, variance,
            noise: Of the model.
        batch_size: Frames a step, seen by all cameras.
        steps: Training steps.
        optimizer: "adam" or "muon", see `tfkeypoints.training.optimizers`.
        learning_rate: Peak; the rate warms up to it and falls along a cosine.
        ramp_start, ramp_end: Steps between which the weight of the multi-view term rises.
        num_views: Views of a frame; None for all that the data set has.
    """

    image_size: int
    crop_size: int | None = None
    num_keypoints: int
    view_encoding: str = "separate"
    filters: int = 16
    levels: int = 3
    dilations: tuple[int, ...] = (1, 2)
    gaussian_width: float = 0.75
    background: str = "features"
    moving_weight: float = 0.0
    reconstruction: float = 5.0
    multiview_consistency: float = 0.05
    separation: float = 0.0025
    separation_sharpness: float = 1000.0
    silhouette: float = 0.0
    coverage: float = 0.0
    variance: float = 0.0
    noise: float = 0.05
    batch_size: int
    steps: int
    optimizer: str = "adam"
    learning_rate: float
    ramp_start: int = 0
    ramp_end: int = 0
    num_views: int | None = None

    def model_arguments(self) -> dict:
        """The fields that are arguments of `Keypoint3D`, except for sizes that follow from the data."""
        schedule = (
            *("image_size", "crop_size", "batch_size", "steps", "optimizer", "learning_rate"),
            *("ramp_start", "ramp_end", "num_views"),
        )
        return {name: value for name, value in dataclasses.asdict(self).items() if name not in schedule}


METAWORLD = Keypoint3DPreset(
    image_size=128,
    crop_size=108,
    num_keypoints=32,
    levels=2,
    multiview_consistency=0.0111,
    batch_size=64,
    steps=20_000,
    learning_rate=1e-3,
)

KEYPOINT3D_PRESETS = {
    "metaworld": METAWORLD,
    "ant": dataclasses.replace(METAWORLD, num_keypoints=16),
    "small": Keypoint3DPreset(
        image_size=64,
        num_keypoints=32,
        view_encoding="shared",
        filters=32,
        levels=1,
        dilations=(1, 2, 4),
        gaussian_width=1.5,
        background="residual",
        moving_weight=20.0,
        multiview_consistency=5.0,
        separation=0.2,
        separation_sharpness=200.0,
        silhouette=0.3,
        coverage=0.05,
        variance=1.0,
        batch_size=8,
        steps=4_500,
        optimizer="muon",
        learning_rate=4e-3,
        ramp_end=750,
    ),
}

PRESETS = {"keypointnet": KEYPOINTNET_PRESETS, "keypoint3d": KEYPOINT3D_PRESETS}
"""Presets by the name of their model."""
