"""The presets of Keypoint3D: the original's trainings for its robots, and a laptop's."""

import dataclasses

from tfkeypoints.models.keypoint3d.arguments import Keypoint3DArguments
from tfkeypoints.models.keypoint3d.recipe import Keypoint3DRecipe

METAWORLD = Keypoint3DRecipe(
    preset="metaworld",
    model=Keypoint3DArguments(
        levels=2,
        mean_depth=None,
        world_scale=None,
        background="features",
        multiview_consistency=0.0111,
    ),
    image_size=128,
    crop_size=108,
    batch_size=64,
    steps=20_000,
    learning_rate=1e-3,
)

ANT = dataclasses.replace(METAWORLD, preset="ant", model=dataclasses.replace(METAWORLD.model, num_keypoints=16))

SMALL = Keypoint3DRecipe(
    preset="small",
    model=Keypoint3DArguments(
        view_encoding="shared",
        filters=32,
        levels=1,
        dilations=(1, 2, 4),
        mean_depth=None,
        world_scale=None,
        gaussian_width=1.5,
        fusion="rays",
        background="residual",
        moving_weight=20.0,
        multiview_consistency=5.0,
        separation=0.2,
        separation_sharpness=200.0,
        silhouette=0.3,
        coverage=0.2,
        variance=1.0,
    ),
    image_size=64,
    batch_size=8,
    steps=4_500,
    optimizer="muon",
    learning_rate=4e-3,
    ramp_end=750,
)

RECORDING = dataclasses.replace(
    SMALL,
    preset="recording",
    steps=2_000,
    ramp_end=333,
    model=dataclasses.replace(SMALL.model, num_keypoints=24, coverage=0.15),
    turn_degrees=30.0,
    zoom=0.3,
    shift=0.15,
    light=0.3,
)

PRESETS = {preset.preset: preset for preset in (SMALL, RECORDING, METAWORLD, ANT)}
