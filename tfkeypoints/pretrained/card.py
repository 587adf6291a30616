"""The card of a pretrained model: what it finds, what was measured of it, and how to make it again."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tfkeypoints.pretrained import making
from tfkeypoints.pretrained.run import sha256
from tfkeypoints.training.run import Run

LICENCE = "Apache-2.0"
"""Of the weights, as of the library: the data is made by it."""

SEEN = ("model", "title", "summary", "num_keypoints", "image_shape", "views", "unit")
"""What is repeated from the card of an exported model."""

OF_DATA = ("world_unit", "world_axes", "landmark_names", "frames_per_second", "options")


def describe(run: Run, name: str, report: Mapping[str, Any], rounding: Mapping[str, float]) -> dict[str, Any]:
    """Collects what there is to know.

    Args:
        run: With weights in float16, in the folder that the card is for.
        name: The model's.
        report: What `evaluate` measured with these weights.
        rounding: See `make.rounding`.

    Returns:
        `name`, `model`, `title`, `summary`, `num_keypoints`, `image_shape`, `views`, `unit`, `parameters`, `bytes` and
        `sha256` of `model.keras`, `data`, `headline`, `metrics` (the report), `rounding`, `commands`, `licence`,
        `versions` of the training.
    """
    from tfkeypoints import data

    config, model = run.config, run.load_model()
    info = data.dataset_info(config["data"])
    splits = {split: info.splits[split].num_examples for split in info.splits}
    metadata = {key: info.metadata[key] for key in OF_DATA if key in info.metadata}
    known = run.recipe.card(config, model)
    return {
        "name": name,
        **{key: known[key] for key in SEEN if key in known},
        "model": config["model"],
        "parameters": model.count_params(),
        "bytes": run.model_file.stat().st_size,
        "sha256": sha256(run.model_file),
        "data": {"name": config["data"], "examples": splits, **metadata},
        "headline": run.recipe.evaluation().headline(report),
        "metrics": report,
        "rounding": dict(rounding),
        "commands": {
            "data": making.data_command(config["data"]),
            "training": making.training_command(config, f"runs/{name}"),
            "evaluation": f"tfkeypoints evaluate {name} --untrained",
            "put in": f"python -m tfkeypoints.pretrained.make runs/{name} {name}",
        },
        "licence": LICENCE,
        "versions": config["versions"],
    }


def markdown(card: Mapping[str, Any]) -> str:
    """The card as a page."""
    models = [name for name in ("trained", "untrained") if name in card["metrics"]]
    rows = [
        f"| {key.replace('_', ' ')} | {' | '.join(_text(card['metrics'][name].get(key)) for name in models)} |"
        for key, value in card["metrics"]["trained"].items()
        if not isinstance(value, dict | list)
    ]
    examples = ", ".join(f"{count:,} of {split}" for split, count in card["data"]["examples"].items())
    lines = [
        f"# {card['name']}",
        "",
        f"{card['title']}. {card['summary']}",
        "",
        f"- data: `{card['data']['name']}`, examples: {examples}",
        f"- unit of lengths: {card['unit']}",
        f"- {card['parameters']:,} parameters in float16, {card['bytes'] / 1e6:.2f} MB",
        f"- SHA-256 of `model.keras`: `{card['sha256']}`",
        f"- licence: {card['licence']}",
        f"- versions: {', '.join(f'{name} {version}' for name, version in card['versions'].items())}",
        "",
        "## How good it is",
        "",
        f"On the {card['metrics']['split']} split, of which nothing was trained on, with the weights as they are here:",
        "",
        f"| | {' | '.join(models)} |",
        f"| --- |{' --- |' * len(models)}",
        *rows,
        "",
        *(f"- alarm: {alarm}" for alarm in card["metrics"].get("alarms", [])),
        *([""] if card["metrics"].get("alarms") else []),
        f"Rounding the weights to float16 moved keypoints by at most {card['rounding']['uv_pixels']:.2g} pixels in "
        f"{card['rounding']['images']} images.",
        "",
        "## How it was made",
        "",
        *(f"    {command}" for command in card["commands"].values()),
    ]
    return "\n".join(lines) + "\n"


def table(cards: Sequence[Mapping[str, Any]]) -> str:
    """A table of models in Markdown, with links to their cards from docs/."""
    rows = []
    for card in cards:
        link = f"[`{card['name']}`](../tfkeypoints/pretrained/{card['name']}/README.md)"
        size = f"{card['bytes'] / 1e6:.1f} MB"
        rows.append(f"| {link} | {card['title']} | `{card['data']['name']}` | {card['headline']} | {size} |")
    return "\n".join(
        ["| name | model | data | on what it never saw | size |", "| --- | --- | --- | --- | --- |", *rows]
    )


def write(folder: str | Path, card: Mapping[str, Any]) -> None:
    """Writes `card.json` and `README.md`."""
    from tfkeypoints import files

    files.write_json(Path(folder) / "card.json", card)
    with files.whole(Path(folder) / "README.md") as partial:
        partial.write_text(markdown(card))


def _text(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"
