"""The presets of KeypointNet: the paper's training, a laptop's, and a quick demonstration."""

import dataclasses

from tfkeypoints.models.keypointnet.arguments import KeypointNetArguments
from tfkeypoints.models.keypointnet.recipe import KeypointNetRecipe

PAPER = KeypointNetRecipe(
    preset="paper",
    model=KeypointNetArguments(mean_depth=None),
    image_size=128,
    batch_size=256,
    steps=200_000,
    learning_rate=1e-3,
    orientation_start=30_000,
    orientation_end=60_000,
)

DEMO = KeypointNetRecipe(
    preset="demo",
    model=KeypointNetArguments(
        filters=16,
        dilations=(1, 1, 2, 4, 8, 1, 2, 4, 8, 1),
        first_stride=2,
        backbone="slim_hourglass",
        head_size=1,
        facing="shared",
        mean_depth=None,
        reprojection_consistency=20.0,
        relative_pose=5.0,
        separation=20.0,
        volume=1.0,
        silhouette=10.0,
        orientation=10.0,
        pose_noise=0.0,
    ),
    image_size=64,
    num_views=8,
    vary_objects=True,
    batch_size=4,
    steps=8_000,
    optimizer="muon",
    learning_rate=6e-3,
    orientation_start=2_182,
    orientation_end=5_091,
)

SMALL = dataclasses.replace(DEMO, preset="small", steps=45_000, orientation_start=9_373, orientation_end=24_377)

PRESETS = {preset.preset: preset for preset in (PAPER, SMALL, DEMO)}
