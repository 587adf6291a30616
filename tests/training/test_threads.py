import os
import subprocess
import sys

import pytest

from tfkeypoints.models.keypoint3d.recipe import Keypoint3DRecipe
from tfkeypoints.models.keypointnet.recipe import KeypointNetRecipe
from tfkeypoints.training.threads import SMALL, VARIABLES, threads


@pytest.mark.parametrize(
    ("cores", "expected"), [(1, None), (2, (1, 2)), (3, (1, 3)), (4, (1, 4)), (6, (2, 4)), (16, (4, 4))]
)
def test_small_operations_run_side_by_side(cores, expected):
    assert threads(SMALL, cores) == expected
    assert threads(SMALL + 1, cores) is None


def test_laptop_presets_are_small_and_those_of_papers_are_not():
    assert KeypointNetRecipe.presets()["demo"].activations() == 4 * 8 * 32 * 32 * 16
    assert Keypoint3DRecipe.presets()["small"].activations() == 8 * 3 * 32 * 32 * 32
    small = {
        (recipe.name, name): preset.activations() <= SMALL
        for recipe in (KeypointNetRecipe, Keypoint3DRecipe)
        for name, preset in recipe.presets().items()
    }
    assert small == {
        ("keypointnet", "demo"): True, ("keypointnet", "small"): True, ("keypointnet", "paper"): False,
        ("keypoint3d", "small"): True, ("keypoint3d", "recording"): True,
        ("keypoint3d", "metaworld"): False, ("keypoint3d", "ant"): False,
    }  # fmt: skip


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one core leaves nothing to choose")
@pytest.mark.parametrize("own", [{}, {"TF_NUM_INTRAOP_THREADS": "2"}])
def test_the_users_variables_come_first(own):
    code = """
import os
from tfkeypoints.training.threads import use_threads
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
use_threads(1000)
import tensorflow as tf
print(tf.config.threading.get_intra_op_parallelism_threads(), tf.config.threading.get_inter_op_parallelism_threads())
"""
    clean = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    answer = subprocess.run([sys.executable, "-c", code], env=clean | own, capture_output=True, text=True, check=True)
    assert answer.stdout.split() == (["0", "0"] if own else ["1", "2"])
