"""What setup.py asks for against what constraints/ pins, for every supported Python."""

import importlib.metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
UNPINNED = {"torch", "stable-baselines3"}
"""Of the extra `benchmarks`: several GB, which depend on the machine."""


def requirements(python):
    """The requirements, of all extras, that hold on a Python."""
    extras = importlib.metadata.metadata("tfkeypoints").get_all("Provides-Extra")
    for requirement in map(Requirement, importlib.metadata.requires("tfkeypoints")):
        environments = [{"python_version": python, "extra": extra} for extra in ("", *extras)]
        if requirement.marker is None or any(requirement.marker.evaluate(each) for each in environments):
            yield requirement


def pins(python):
    lines = (ROOT / f"constraints/{python}.txt").read_text().splitlines()
    pairs = (line.split("==") for line in lines if not line.startswith("#"))
    return {canonicalize_name(name): version for name, version in pairs}


def test_every_supported_python_has_a_file_of_versions():
    assert sorted(path.stem for path in (ROOT / "constraints").iterdir()) == sorted(PYTHONS)
    named = importlib.metadata.metadata("tfkeypoints").get_all("Classifier")
    assert {f"Programming Language :: Python :: {python}" for python in PYTHONS} <= set(named)


@pytest.mark.parametrize("python", PYTHONS)
def test_every_requirement_is_pinned_to_a_version_that_it_allows(python):
    pinned = pins(python)
    wanted = [each for each in requirements(python) if each.name not in UNPINNED]
    assert "tensorflow" in {each.name for each in wanted}
    unfit = [str(each) for each in wanted if pinned.get(canonicalize_name(each.name), "0") not in each.specifier]
    assert not unfit


@pytest.mark.parametrize("python", PYTHONS)
def test_tensorflow_graphics_is_pinned_also_where_it_is_installed_by_itself(python):
    assert pins(python)["tensorflow-graphics"] == "2021.12.3"
    declared = "tensorflow-graphics" in {each.name for each in requirements(python)}
    assert declared == (python in ("3.10", "3.11"))
