import dataclasses
import importlib.util

import numpy as np
import pytest

from tests.serving.examples import HEIGHT, WIDTH, make_inputs
from tfkeypoints.inference import export
from tfkeypoints.models import Keypoint3D, KeypointNet
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


TINY = {"num_keypoints": 3, "filters": 4}


def scene(batch):
    inputs = make_inputs(batch, 2)
    inputs["extrinsics"][:, 1, :3] = [[0, 0, -1, 2], [0, 1, 0, 0], [1, 0, 0, 3]]
    return {**inputs, "image": np.ascontiguousarray(inputs["image"][..., :3])}


def tiny(recipe, preset):
    """The arguments of a preset's model, but for its size and what data tell."""
    arguments = dataclasses.asdict(recipe.presets()[preset].model)
    return {**{name: value for name, value in arguments.items() if value is not None}, **TINY}


def as_written_and_loaded(name, recipe, model, shape, folder):
    """The function of the model, and what another format makes of it."""
    file, write, load = formats.FORMATS[name]
    original = recipe.signatures({"images": {"shape": shape}}, model)["detect"]
    write(model, original, folder / file, recipe.fixed_views(model))
    return original, load(folder / file)


@pytest.mark.parametrize("preset", ["paper", "small"])
@pytest.mark.parametrize("name", CASES)
def test_keypointnet_gives_the_numbers_of_the_model(name, preset, tmp_path):
    model = KeypointNet(**{**tiny(KeypointNetRecipe, preset), "dilations": (1, 2)})
    model(make_inputs(1, 1))
    original, detect = as_written_and_loaded(name, KeypointNetRecipe, model, [2, HEIGHT, WIDTH, 4], tmp_path)
    for seed in (3, 4):
        assert export.largest_difference(original, detect, make_inputs(1, 1, seed)) < 1e-4


@pytest.mark.parametrize("preset", ["small", "metaworld"])
@pytest.mark.parametrize("name", CASES)
def test_keypoint3d_gives_the_numbers_of_the_model(name, preset, tmp_path):
    model = Keypoint3D(**tiny(Keypoint3DRecipe, preset), num_views=2, image_size=(8, 16))
    model(scene(1))
    original, detect = as_written_and_loaded(name, Keypoint3DRecipe, model, [2, HEIGHT, WIDTH, 3], tmp_path)
    assert export.largest_difference(original, detect, scene(1)) < 1e-4


def test_openvinos_answers_have_the_names_of_the_outputs_not_of_inner_tensors(tmp_path):
    """OpenVINO 2026.4.1 compiles `depth` into an output called add_4:0 as well, and asked for a name gives that."""
    onnx, _ = pytest.importorskip("onnx"), pytest.importorskip("openvino")
    sums = [
        onnx.helper.make_node("Add", ["z", "z"], ["add_4:0"]),
        onnx.helper.make_node("Identity", ["add_4:0"], ["depth"]),
        onnx.helper.make_node("Add", ["add_4:0", "z"], ["shifted"]),
    ]
    z, *outputs = (onnx.helper.make_tensor_value_info(name, 1, [2]) for name in ("z", "depth", "shifted"))  # 1: float32
    version = {"opset_imports": [onnx.helper.make_opsetid("", 17)], "ir_version": 8}
    onnx.save(
        onnx.helper.make_model(onnx.helper.make_graph(sums, "depths", [z], outputs), **version), tmp_path / "m.onnx"
    )
    answer = formats.load_openvino(tmp_path / "m.onnx")({"z": np.array([1, -3], np.float32)})
    assert {name: value.tolist() for name, value in answer.items()} == {"depth": [2, -6], "shifted": [3, -9]}
