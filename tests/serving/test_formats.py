import importlib.util

import numpy as np
import pytest

from tests.serving.examples import make_inputs
from tfkeypoints.inference import export
from tfkeypoints.models import Keypoint3D
from tfkeypoints.models.keypoint3d.recipe import Keypoint3DRecipe
from tfkeypoints.models.keypointnet.recipe import KeypointNetRecipe
from tfkeypoints.serving import formats

CASES = [
    pytest.param(
        name,
        marks=pytest.mark.skipif(
            not all(map(importlib.util.find_spec, modules)), reason=f"{' or '.join(modules)} is not installed"
        ),
    )
    for name, modules in formats.PACKAGES.items()
]


@pytest.fixture(scope="module")
def keypoint3d():
    options = {"num_keypoints": 3, "num_views": 2, "filters": 4, "levels": 2, "image_size": (8, 16)}
    model = Keypoint3D(**options, view_encoding="separate")
    model(scene(1))
    return model


def scene(batch):
    inputs = make_inputs(batch, 2)
    return {**inputs, "image": np.ascontiguousarray(inputs["image"][..., :3])}


@pytest.mark.parametrize("name", CASES)
def test_keypointnet_gives_the_numbers_of_the_model(name, keypointnet, tmp_path):
    file, write, load = formats.FORMATS[name]
    original = KeypointNetRecipe.signatures({"images": {"shape": [2, 16, 24, 4]}}, keypointnet)["detect"]
    write(keypointnet, original, tmp_path / file, KeypointNetRecipe.fixed_views(keypointnet))
    detect = load(tmp_path / file)
    for seed in (3, 4):
        assert export.largest_difference(original, detect, make_inputs(1, 1, seed)) < 1e-4


@pytest.mark.parametrize("name", CASES)
def test_keypoint3d_gives_the_numbers_of_the_model(name, keypoint3d, tmp_path):
    file, write, load = formats.FORMATS[name]
    original = Keypoint3DRecipe.signatures({"images": {"shape": [2, 16, 24, 3]}}, keypoint3d)["detect"]
    write(keypoint3d, original, tmp_path / file, Keypoint3DRecipe.fixed_views(keypoint3d))
    assert export.largest_difference(original, load(tmp_path / file), scene(1)) < 1e-4
