"""Tests of what all recipes share: presets, options, schedules, and the registry of methods."""

import dataclasses

import numpy as np
import pytest

from tfkeypoints import methods
from tfkeypoints.models.keypoint3d.recipe import Keypoint3DRecipe
from tfkeypoints.models.keypointnet.recipe import KeypointNetRecipe
from tfkeypoints.models.recipe import detector_recipe

RECIPES = [KeypointNetRecipe, Keypoint3DRecipe]


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_presets_that_can_be_chosen_are_those_that_exist(recipe):
    assert set(recipe.__annotations__["preset"].__args__) == set(recipe.presets())
    assert all(preset.preset == name for name, preset in recipe.presets().items())


@pytest.mark.parametrize("recipe", RECIPES)
def test_presets_leave_to_the_data_what_follows_from_it(recipe):
    for preset in recipe.presets().values():
        preset.check()
        assert preset.model.mean_depth is None


def test_options_take_the_place_of_the_presets_wherever_they_belong():
    recipe = KeypointNetRecipe.from_preset("paper", num_keypoints=7, batch_size=3)
    assert (recipe.model.num_keypoints, recipe.batch_size, recipe.model.filters) == (7, 3, 64)
    assert recipe.option("num_keypoints") == 7 and recipe.option("batch_size") == 3


@pytest.mark.parametrize("unknown", ["network", "seed_of_all", "model"])
def test_options_that_do_not_exist_are_refused(unknown):
    with pytest.raises(ValueError, match=unknown):
        KeypointNetRecipe.from_preset("paper", **{unknown: 1})


def test_a_preset_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="`preset` must be one of paper, small, demo"):
        KeypointNetRecipe.from_preset("large")


def test_the_schedule_keeps_pace_with_the_steps_unless_it_is_given():
    whole = KeypointNetRecipe.presets()["small"]
    half = KeypointNetRecipe.from_preset("small", steps=whole.steps // 2)
    assert half.orientation_start == whole.orientation_start // 2
    assert half.orientation_end == whole.orientation_end // 2
    assert KeypointNetRecipe.from_preset("small", steps=10, orientation_end=9).orientation_end == 9
    ramp = Keypoint3DRecipe.presets()["small"]
    assert Keypoint3DRecipe.from_preset("small", steps=ramp.steps // 2).ramp_end == ramp.ramp_end // 2


def test_a_schedule_that_ends_before_it_starts_is_refused():
    with pytest.raises(ValueError, match="ramp_start=2000, ramp_end=1999"):
        Keypoint3DRecipe.from_preset("small", ramp_start=2000, ramp_end=1999).check()


@pytest.mark.parametrize("option", ["steps", "batch_size", "num_views", "learning_rate"])
def test_sizes_must_be_positive(option):
    with pytest.raises(ValueError, match=f"{option}=-1"):
        KeypointNetRecipe.from_preset("demo").with_options(**{option: -1}).check()


@pytest.mark.parametrize("recipe", RECIPES)
def test_what_a_sweep_can_vary_are_options_and_its_ranges_hold_the_small_preset(recipe):
    small = recipe.presets()["small"]
    for name, range in recipe.ranges.items():
        assert min(range.values) <= small.option(name) <= max(range.values)
        assert range.reason


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_option_has_a_sentence(recipe):
    import ast
    import inspect

    for kind in (recipe, type(recipe.presets()["small"].model)):
        body = ast.parse(inspect.getsource(kind)).body[0].body
        fields = [node for node in body if isinstance(node, ast.AnnAssign) and "ClassVar" not in ast.unparse(node)]
        for node in fields:
            said = body[body.index(node) + 1]
            assert isinstance(said, ast.Expr) and isinstance(said.value, ast.Constant), node.target.id


def test_every_method_is_registered_under_its_own_name():
    for name in methods.METHODS:
        assert methods.recipe_of(name).name == name
    assert methods.trained_by("train") == ["keypointnet", "keypoint3d"]
    assert methods.trained_by("control train") == ["policy"]


def test_a_method_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match=r"one of keypointnet, keypoint3d, policy\. Received: method='nerf'"):
        methods.recipe_of("nerf")


def test_a_policy_is_no_detector():
    assert detector_recipe("keypoint3d") is Keypoint3DRecipe
    with pytest.raises(ValueError, match=r"one of keypointnet, keypoint3d\. Received: method='policy'"):
        detector_recipe("policy")


@pytest.mark.parametrize("recipe", RECIPES)
def test_an_argument_is_declared_once_as_an_option(recipe):
    own = {field.name for field in dataclasses.fields(recipe)}
    arguments = {field.name for field in dataclasses.fields(recipe.presets()["small"].model)}
    assert not own & arguments


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"left_out_views": 3}, "leave two views or more, of 4"),
        ({"left_out_views": -1}, "leave two views or more, of 4"),
        ({"left_out_views": 1, "view_encoding": "separate"}, "view_encoding='shared'"),
        ({"left_out_views": 1}, "a `background` of their own"),
    ],
)
def test_views_are_not_left_out_where_the_model_needs_them(options, problem):
    recipe = Keypoint3DRecipe.from_preset("recording", **options)
    with pytest.raises(ValueError, match=problem):
        recipe.build({"image": np.zeros([1, 4, 16, 16, 3], np.uint8)})
