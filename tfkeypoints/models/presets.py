"""Named sizes and schedules: what a training of a model is made of, besides its data."""

import dataclasses

PAPER_DILATIONS = (1, 1, 2, 4, 8, 16, 1, 2, 4, 8, 16, 1)
SHORT_DILATIONS = (1, 1, 2, 4, 8, 1, 2, 4, 8, 1)


@dataclasses.dataclass(frozen=True, kw_only=True)
class KeypointNetPreset:
    """A training of `KeypointNet`.

    Args:
        image_size: Side of the images in pixels.
        num_keypoints, filters, dilations, first_stride, relative_pose: Of the model.
        num_views: Views of an object that are trained on together, joined from examples that show the same one. Of V
            views every one of V (V - 1) / 2 pairs teaches, for the price of V images.
        batch_size: Examples a step, of `num_views` views each.
        steps: Training steps.
        learning_rate: Peak; the rate warms up to it and falls along a cosine.
        orientation_start, orientation_end: Steps between which the true facing sign is withdrawn.
    """

    image_size: int
    num_keypoints: int = 10
    filters: int
    dilations: tuple[int, ...]
    first_stride: int
    relative_pose: float = 0.2
    num_views: int = 2
    batch_size: int
    steps: int
    learning_rate: float
    orientation_start: int
    orientation_end: int

    def model_arguments(self) -> dict:
        """The fields that are arguments of `KeypointNet`."""
        names = ("num_keypoints", "filters", "dilations", "first_stride", "relative_pose")
        return {name: getattr(self, name) for name in names}


SMALL = KeypointNetPreset(
    image_size=64,
    filters=32,
    dilations=SHORT_DILATIONS,
    first_stride=2,
    relative_pose=5.0,
    num_views=4,
    batch_size=8,
    steps=8_000,
    learning_rate=2e-3,
    orientation_start=2_000,
    orientation_end=5_000,
)

PRESETS = {
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
    "small": SMALL,
    "demo": dataclasses.replace(SMALL, filters=16, steps=6_000, orientation_end=4_000),
}
