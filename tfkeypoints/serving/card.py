"""The model card that lies beside an exported model: what it is, what it was trained on, and how it is asked."""

import hashlib
import importlib.metadata
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

from tfkeypoints import files, visualization
from tfkeypoints.run import Run
from tfkeypoints.serving import signatures

CARD_FILE = "model_card.json"
READABLE_FILE = "model_card.md"

CONVENTIONS = {
    "camera axes": "x right, y down, z forward (OpenCV's); depth is z > 0",
    "extrinsics": "[4, 4], world to camera, rigid: point_camera = R point_world + t",
    "intrinsics": "[3, 3], camera to normalised image coordinates; from pixels (centre of the first pixel = 0, 0): "
    "fu = 2 fx / W, cu = (2 cx + 1) / W - 1, and fv, cv likewise with H",
    "image coordinates": "uv: the image spans [-1, 1] in u (right) and v (down); pixel column j of W has its centre at "
    "(2j + 1) / W - 1",
    "image": "uint8, RGB or RGBA; alpha 0 is background",
}

MEANINGS = {
    "keypoints": "[batch, K, 3], world: the views' points, fused",
    "points_world": "[batch, views, K, 3], world, as each view alone sees them",
    "points_camera": "[batch, views, K, 3], in each camera's frame",
    "uv": "[batch, views, K, 2], normalised coordinates of each image",
    "depth": "[batch, views, K, 1], along the camera's z axis",
    "spread": "[batch, views, K, 1], standard deviation of the heatmap in normalised coordinates",
    "confidence": "[batch, views, K], the heatmap's mass in its fullest cell, 0 to 1",
    "attention": "[batch, views, K], what the fusion weighs the views with; sums to 1 over K",
    "orientation": "[batch, views, 2, 2], uv of where the object's front and back point",
}


def describe(run: Run, model: keras.Model) -> dict[str, Any]:
    """Collects what a user of the exported model must know.

    Returns:
        `model`, `num_keypoints`, `image_shape`, `views` (-1: any), `training_intrinsics`, `unit`, `conventions`,
        `inputs` and `outputs` of the signatures, `training`, `metrics` (None if never evaluated), `versions`,
        `config_sha256`, `colors` of the keypoints.
    """
    config = run.config
    image_shape = tuple(config["images"]["shape"][1:])
    text = json.dumps(config, sort_keys=True).encode()
    return {
        "model": config["model"],
        "num_keypoints": model.num_keypoints,
        "image_shape": list(image_shape),
        "views": -1 if signatures.free_views(model) else model.num_views,
        "training_intrinsics": config["images"].get("intrinsics"),
        "unit": world_unit(config),
        "conventions": CONVENTIONS,
        "inputs": {
            name: {
                key: {"dtype": signatures.INPUTS[name][key].name, "shape": shape}
                for key, shape in signatures.input_shapes(name, model, image_shape).items()
            }
            for name in signatures.INPUTS
        },
        "training": {
            key: config.get(key) for key in ("data", "preset", "model_options", "steps", "batch_size", "seed")
        },
        "metrics": files.read_json(run.metrics_file) if run.metrics_file.exists() else None,
        "versions": {
            "training": config.get("versions"),
            "export": {name: importlib.metadata.version(name) for name in ("tfkeypoints", "tensorflow", "keras")},
        },
        "config_sha256": hashlib.sha256(text).hexdigest(),
        "colors": ["#{:02x}{:02x}{:02x}".format(*color) for color in visualization.palette(model.num_keypoints)],
    }


def world_unit(config: Mapping[str, Any]) -> str:
    """The length unit that the training data states; "the training data's" if it states none or is not here."""
    from tfkeypoints import data

    try:
        metadata = data.dataset_info(config["data"], config.get("data_dir")).metadata
    except (ValueError, OSError, KeyError):
        metadata = None
    return (metadata or {}).get("world_unit", "the training data's")


def write(folder: str | Path, card: Mapping[str, Any]) -> None:
    """Writes the card as JSON for programs and as Markdown for people."""
    files.write_json(Path(folder) / CARD_FILE, card)
    with files.whole(Path(folder) / READABLE_FILE) as partial:
        partial.write_text(markdown(card))


def read(folder: str | Path) -> dict[str, Any]:
    """Reads the card of an exported model.

    Raises:
        ValueError: If there is none.
    """
    path = Path(folder) / CARD_FILE
    if not path.is_file():
        raise ValueError(
            f"`folder` should be a model made by `tfkeypoints export`, with {CARD_FILE}. Received: {folder}"
        )
    return files.read_json(path)


def markdown(card: Mapping[str, Any]) -> str:
    """The card as a page."""
    metrics = card["metrics"]
    views = "any number of" if card["views"] < 0 else card["views"]
    height, width, channels = card["image_shape"]
    inputs = [
        f"| `{name}` | `{key}` | {spec['dtype']} | {['free' if n < 0 else n for n in spec['shape']]} |".replace("'", "")
        for name, specs in card["inputs"].items()
        for key, spec in specs.items()
    ]
    outputs = [f"| `{name}` | {MEANINGS[name]} |" for name in card["outputs"]]
    lines = [
        f"# {card['model']}, {card['num_keypoints']} keypoints",
        "",
        f"Finds {card['num_keypoints']} keypoints in 3D in {views} views of {height} × {width} pixels, {channels} "
        "channels. It was trained without labels: what each keypoint means shows only in pictures of it.",
        "",
        "## Asking it",
        "",
        "| signature | input | type | shape |",
        "| --- | --- | --- | --- |",
        *inputs,
        "",
        f"Unit of lengths: {card['unit']}.",
        "`detect_encoded` takes PNG and JPEG of any size, and scales and pads them.",
        "What does not fit is refused with a sentence (INVALID_ARGUMENT).",
        "",
        "| output | meaning |",
        "| --- | --- |",
        *outputs,
        "",
        "## Conventions",
        "",
        *(f"- {name}: {text}" for name, text in card["conventions"].items()),
        "",
        "## Where it comes from",
        "",
        f"- training data: {card['training']['data']}",
        f"- configuration: SHA-256 {card['config_sha256']}",
        f"- versions: {json.dumps(card['versions'])}",
        "",
        "## How good it is",
        "",
        "Not measured: `tfkeypoints evaluate` was not run."
        if metrics is None
        else "As `tfkeypoints evaluate` measured:",
        *([] if metrics is None else ["", "```json", json.dumps(metrics, indent=2), "```"]),
    ]
    return "\n".join(lines) + "\n"
