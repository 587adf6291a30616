"""The commands that make a run again, read off its configuration."""

import shlex
from collections.abc import Mapping
from typing import Any

from tfkeypoints import pretrained
from tfkeypoints.models.recipe import detector_recipe

OF_THE_DATA = ("model", "preset", "steps", "data", "data_dir", "from", "model_options")


def data_command(name: str) -> str:
    """The command that builds a data set of this library, by the name that says its options."""
    return f"tfkeypoints data build {name}"


def training_command(config: Mapping[str, Any], run: str) -> str:
    """The command of a training: its preset, and the options in which it differs.

    Args:
        config: Of the run, as any version of this library wrote it.
        run: The folder that it names.

    Raises:
        ValueError: If the training was of no preset, as that of an imported model, or began with a run folder, which
            others do not have.
    """
    recipe = detector_recipe(config["model"])
    config = recipe.upgrade(config)
    presets = recipe.presets()
    if config["preset"] not in presets:
        raise ValueError(f"`run` should be of a preset, {', '.join(presets)}. Received: preset={config['preset']}")
    preset = presets[config["preset"]].with_steps(config["steps"])
    usual = preset.config()
    words = ["tfkeypoints", "train", recipe.name, "--preset", preset.preset, "--data", config["data"]]
    if config["steps"] != presets[preset.preset].steps:
        words += ["--steps", str(config["steps"])]
    if config.get("from"):
        if config["from"]["run"] not in pretrained.names():
            raise ValueError(
                f"`run` should start from a pretrained model, if from any. Received: {config['from']['run']}"
            )
        words += ["--from", config["from"]["run"]]
    ours = {**{name: config[name] for name in usual.keys() - OF_THE_DATA}, **config["model_options"]}
    theirs = {**usual, **usual["model_options"]}
    for name in sorted(ours.keys() & theirs.keys()):
        if _listed(ours[name]) != _listed(theirs[name]):
            values = ours[name] if isinstance(ours[name], list | tuple) else [ours[name]]
            words += [f"--{name.replace('_', '-')}", *map(str, values)]
    return shlex.join([*words, "--run", run])


def _listed(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
