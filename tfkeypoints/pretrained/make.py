"""Puts a finished run among the pretrained models: `python -m tfkeypoints.pretrained.make RUN NAME`.

The weights are rounded to float16, measured as they then are on the test split, by what `tfkeypoints evaluate` does,
and described in a card. A model of the same name is replaced.

    python -m tfkeypoints.pretrained.make runs/chairs chairs_64

The data set is looked for in TensorFlow Datasets' own place, and built there when absent.
"""

import argparse
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tfkeypoints import files, pretrained
from tfkeypoints.evaluation import report
from tfkeypoints.models.recipe import detector_recipe
from tfkeypoints.pretrained import card as model_card
from tfkeypoints.pretrained.half import save_half
from tfkeypoints.pretrained.run import OUTPUTS, PretrainedRun
from tfkeypoints.training.run import Run

if TYPE_CHECKING:
    import keras

    from tfkeypoints.models.recipe import Recipe


LARGEST = 4_000_000
"""Bytes of a model's file: the whole package stays below 20 MB."""

COMPARED = 24
"""Examples in which the keypoints of the rounded weights are compared with those of the full ones."""

PAGE = pretrained.FOLDER.parents[1] / "docs/pretrained.md"
"""The page that lists them, in a checkout."""

BEGIN, END = "<!-- the models -->\n\n", "\n\n<!-- until here by pretrained.make -->"
"""What stands before and after the table on the page."""

OWN_FILES = ("files", "manual_dir", "recording")
"""In a data set's metadata or options: it is made of the user's own files, and can't be made elsewhere."""


def make(run: Run, name: str, folder: Path = pretrained.FOLDER) -> Path:
    """Puts a run among the pretrained models.

    Args:
        run: A finished training on a data set of this library.
        name: Small letters, digits and underscores.
        folder: Where pretrained models lie.

    Returns:
        The model's folder.

    Raises:
        ValueError: If the name is no name, the run's data can't be made elsewhere, its training was of no preset, or
            its weights are too large or too many.
    """
    config, final = {**run.config, "data_dir": None}, Path(folder) / name
    _check(run, config, name)
    with files.whole(final) as partial:
        partial.mkdir(parents=True)
        ours = Run(partial, OUTPUTS / name)
        model = run.load_model()
        save_half(model, ours.model_file)
        size = ours.model_file.stat().st_size
        if size > LARGEST:
            raise ValueError(f"`run` should have a model of {LARGEST} bytes in float16 at most. Received: {size} bytes")
        files.write_json(ours.config_file, config)
        if run.history:
            shutil.copy(run.history_file, ours.history_file)
        measured = report.evaluate(ours, untrained=True)
        run.recipe.evaluation().keep_unseen(config, partial)
        rounded = ours.load_model()
        run.recipe.keep_familiar(ours, rounded, partial)
        moved = rounding(detector_recipe(run.recipe.name), model, rounded, config)
        model_card.write(partial, model_card.describe(ours, name, measured, moved))
        shutil.rmtree(final, ignore_errors=True)
    return final


def write_card_anew(run: PretrainedRun) -> None:
    """Writes a model's card as this version words it, with the options of today's presets; what was measured stays."""
    card = run.card
    anew = model_card.describe(run, run.name, card["metrics"], card["rounding"])
    model_card.write(run.folder, {**anew, "data": card["data"]})  # which need not be built here


def list_on_page(page: Path = PAGE) -> None:
    """Writes the table of all models anew where a page has it, between the lines `BEGIN` and `END`."""
    cards = [files.read_json(pretrained.FOLDER / name / "card.json") for name in pretrained.names()]
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    with files.whole(page) as partial:
        partial.write_text(before + BEGIN + model_card.table(cards) + END + rest.partition(END)[2], encoding="utf-8")


def _check(run: Run, config: Mapping[str, Any], name: str) -> None:
    from tfkeypoints import data
    from tfkeypoints.pretrained.making import training_command

    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError(f"`name` should be of small letters, digits and underscores. Received: name={name!r}")
    if isinstance(run, PretrainedRun):
        raise ValueError(f"`run` should be a run folder, not a pretrained model. Received: run={run.name}")
    metadata = ("data" in config and data.dataset_info(config["data"]).metadata) or {}
    if "options" not in metadata or {*OWN_FILES} & {*metadata, *metadata["options"]}:
        raise ValueError(
            "`run` should be trained on a data set that this library makes anywhere, of none of your own files. "
            f"Received: data={config.get('data')}"
        )
    training_command(config, str(run.folder))  # refuses what was no training of a preset


def rounding(
    recipe: "type[Recipe]", full: "keras.Model", rounded: "keras.Model", config: Mapping[str, Any]
) -> dict[str, float]:
    """How far the keypoints of rounded weights lie from those of the full ones: `uv_pixels` at most, in `images`."""
    from tfkeypoints.data.example import CAMERA_KEYS
    from tfkeypoints.evaluation.collection import INPUTS

    sample = recipe.evaluation().sample(config, "test", COMPARED)
    inputs = {key: sample[key] for key in (*CAMERA_KEYS, *INPUTS) if key in sample}
    ours, theirs = (np.asarray(recipe.detect(model, inputs)["uv"]) for model in (rounded, full))
    _, views, height, width, _ = inputs["image"].shape
    pixels = np.linalg.norm((ours - theirs) * np.array([width, height]) / 2, axis=-1)
    return {"uv_pixels": float(pixels.max()), "images": len(ours) * views}


def main(arguments: Sequence[str] | None = None) -> None:
    """Puts in what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m tfkeypoints.pretrained.make", description=__doc__.split("\n\n")[1])
    parser.add_argument("run", type=Path, nargs="?", help="folder of a finished run")
    parser.add_argument("name", nargs="?", help="what the model will be called, such as chairs_64")
    parser.add_argument(
        "--cards", action="store_true", help="write all cards anew, after presets changed; no measuring"
    )
    options = parser.parse_args(arguments)
    if options.cards != (options.name is None):
        parser.error("give RUN and NAME, or --cards")
    try:
        if options.cards:
            for name in pretrained.names():
                write_card_anew(PretrainedRun(pretrained.FOLDER / name))
        else:
            print(f"put in: {make(Run.open(options.run), options.name)}")
    except ValueError as error:
        parser.error(str(error))
    if PAGE.exists():
        list_on_page()


if __name__ == "__main__":
    main()
