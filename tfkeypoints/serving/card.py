"""The model card that lies beside an exported model: what it is, what it was trained on, and how it is asked."""

import hashlib
import importlib.metadata
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

from tfkeypoints import files, visualization
from tfkeypoints.training.run import Run

CARD_FILE = "model_card.json"
READABLE_FILE = "model_card.md"

CONVENTIONS = {
    "extrinsics": "[4, 4], world to camera, rigid: point_camera = R point_world + t; a camera's x axis points right, y "
    "down, z forward (OpenCV's)",
    "intrinsics": "[3, 3], camera to normalised image coordinates; from pixels (centre of the first pixel = 0, 0): "
    "fu = 2 fx / W, cu = (2 cx + 1) / W - 1, and fv, cv likewise with H",
    "image coordinates": "uv: the image spans [-1, 1] in u (right) and v (down); pixel column j of W has its centre at "
    "(2j + 1) / W - 1",
    "image": "uint8, RGB or RGBA; alpha 0 is background",
    "image_bytes": "PNG or JPEG of any size; scaled and padded to the model's",
}

FRAMES = (
    "the second axis: the last frames, oldest first; at the start of an episode its first frame stands for those before"
)

SIZES = "PNG or JPEG of any size; it is scaled and padded to {} × {} pixels."
"""Of `fits`, with height and width."""

UNDESCRIBED = "not described by its method"

TRAINING = (
    *("data", "preset", "model_options", "env", "method", "image_size", "frame_stack"),
    *("steps", "batch_size", "learning_rate", "seed"),
)
"""Options that a card repeats, of those that a run has."""


def describe(run: Run, model: keras.Model) -> dict[str, Any]:
    """Collects what a user of the exported model must know.

    Returns:
        `model`, `title`, `summary`, `conventions`, `inputs` of the signatures (-1: any size), `meanings` of the
        outputs, `training`, `metrics` (None if never evaluated), `versions`, `config_sha256`, `model_sha256`. Of a
        model that finds keypoints also `num_keypoints`, `image_shape`, `views` (-1: any), `training_intrinsics`,
        `unit`, `colors` of the keypoints, and `fits`, sentences on which images fit; of a policy `action` (bounds, or
        the number of actions).
    """
    config = run.config
    text = json.dumps(config, sort_keys=True).encode()
    return {
        "model": config["model"],
        **run.recipe.card(config, model),
        "inputs": {
            name: {
                key: {"dtype": spec.dtype.name, "shape": [-1 if size is None else size for size in spec.shape]}
                for key, spec in signature.inputs.items()
            }
            for name, signature in run.recipe.signatures(config, model).items()
        },
        "meanings": dict(run.recipe.outputs),
        "training": {key: config[key] for key in TRAINING if key in config},
        "metrics": run.metrics,
        "versions": {
            "training": config.get("versions"),
            "export": {name: importlib.metadata.version(name) for name in ("tfkeypoints", "tensorflow", "keras")},
        },
        "config_sha256": hashlib.sha256(text).hexdigest(),
        "model_sha256": hashlib.sha256(run.model_file.read_bytes()).hexdigest(),
    }


def of_detector(config: Mapping[str, Any], count: int, num_views: int | None) -> dict[str, Any]:
    """What a card says of a model that finds `count` keypoints in `num_views` views; None: in any number of views."""
    image_shape = config["images"]["shape"][1:]
    height, width, channels = image_shape
    return {
        "title": f"{config['model']}, {count} keypoints",
        "summary": f"Finds {count} keypoints in 3D in {num_views or 'any number of'} views of {height} × {width} "
        f"pixels, {channels} channels. It was trained without labels: what each keypoint means shows only in pictures "
        "of it.",
        "num_keypoints": count,
        "image_shape": image_shape,
        "views": num_views or -1,
        "training_intrinsics": config["images"].get("intrinsics"),
        "unit": world_unit(config),
        "conventions": CONVENTIONS,
        "colors": ["#{:02x}{:02x}{:02x}".format(*color) for color in visualization.palette(count)],
    }


def of_policy(config: Mapping[str, Any], action: Mapping[str, Any]) -> dict[str, Any]:
    """What a card says of a policy; `action` is the bounds of its actions, or their number."""
    seen = config["observation"]
    return {
        "title": f"policy for {config['env']}, method {config['method']}",
        "summary": f"Takes what {config['env']} shows, as it shows it, and returns the most probable action.",
        "conventions": {"frames": FRAMES} | {name: CONVENTIONS[name] for name in seen if name in CONVENTIONS},
        "action": dict(action),
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
    inputs = [
        f"| `{name}` | `{key}` | {spec['dtype']} | {['free' if n < 0 else n for n in spec['shape']]} |".replace("'", "")
        for name, specs in card["inputs"].items()
        for key, spec in specs.items()
    ]
    meanings = card.get("meanings", {})
    outputs = [f"| `{name}` | {dtype} | {meanings.get(name, UNDESCRIBED)} |" for name, dtype in card["outputs"].items()]
    lines = [
        f"# {card['title']}",
        "",
        card["summary"],
        "",
        "## Asking it",
        "",
        "| signature | input | type | shape |",
        "| --- | --- | --- | --- |",
        *inputs,
        "",
        "What does not fit is refused with a sentence (INVALID_ARGUMENT).",
        "",
        "| output | type | meaning |",
        "| --- | --- | --- |",
        *outputs,
        "",
        *(["## What fits", "", *(f"- {sentence}" for sentence in card["fits"]), ""] if "fits" in card else []),
        "## Conventions",
        "",
        *([f"- unit of lengths: {card['unit']}"] if "unit" in card else []),
        *([f"- actions: {json.dumps(card['action'])}"] if "action" in card else []),
        *(f"- {name}: {text}" for name, text in card["conventions"].items()),
        "",
        "## Where it comes from",
        "",
        *(f"- {name}: {json.dumps(value)}" for name, value in card["training"].items()),
        f"- configuration: SHA-256 {card['config_sha256']}",
        f"- versions: {json.dumps(card['versions'])}",
        "",
        "## How good it is",
        "",
        "Not measured: the run was not evaluated before it was exported."
        if metrics is None
        else "As the run's evaluation measured:",
        *([] if metrics is None else ["", "```json", json.dumps(metrics, indent=2), "```"]),
    ]
    return "\n".join(lines) + "\n"
