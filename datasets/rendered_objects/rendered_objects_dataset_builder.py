"""Multi-view images of chairs, cars, aeroplanes and the user's own meshes, rendered through calibrated cameras."""

import dataclasses
import functools
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow_datasets as tfds
from absl import logging
from etils import epath
from tqdm.auto import tqdm

from tfkeypoints.data.provenance import fingerprint
from tfkeypoints.datasets import common, rendered
from tfkeypoints.processes import spawned_map
from tfkeypoints.rendering import examples, meshes, shapes

BESIDE = (".mtl", ".bin", ".png", ".jpg", ".jpeg", ".tga", ".bmp", ".tif", ".tiff", ".webp")
"""Suffixes of files that meshes refer to."""
SPLITS = ("train", "validation", "test")
COUNTS = (
    "image_size",
    "num_views",
    "train_instances",
    "validation_instances",
    "test_instances",
    "train_examples",
    "evaluation_examples",
)


@dataclasses.dataclass(eq=False)
class RenderedObjectsConfig(common.Config):
    """What to render.

    Attributes:
        category: `"chairs"`, `"cars"` or `"planes"`, drawn by chance; `"meshes"`, read from the user's folder.
        image_size: Height and width in pixels.
        num_views: Views an example, V.
        train_instances, validation_instances, test_instances: Number of objects a split (not for `"meshes"`, where
            the folder gives it).
        train_examples: Examples an object of the training split.
        evaluation_examples: Examples an object of the other two splits.
        seed: Of all that is drawn by chance, ≥ 0.
        shift: The point that a camera looks at lies within ±shift of the object's centre, in world units.
        roll_degrees: A camera turns about its axis by an angle within ±roll_degrees.
        up, forward: For `"meshes"`: the axes of the files that point up and the way the object faces, such as `"y"`
            or `"-z"`.
    """

    category: str = "meshes"
    image_size: int = 64
    num_views: int = 2
    train_instances: int = 3000
    validation_instances: int = 100
    test_instances: int = 100
    train_examples: int = 4
    evaluation_examples: int = 4
    seed: int = 0
    shift: float = 0.1
    roll_degrees: float = 0.0
    up: str = "y"
    forward: str = "z"

    def __post_init__(self) -> None:
        if self.category not in (*shapes.CATEGORIES, "meshes"):
            known = [*shapes.CATEGORIES, "meshes"]
            raise ValueError(f"`category` must be one of {known}. Received: category={self.category!r}")
        self.check_least(**dict.fromkeys(COUNTS, 1), seed=0)
        meshes.frame(self.up, self.forward)


def _configs() -> list[RenderedObjectsConfig]:
    procedural = [
        RenderedObjectsConfig(
            name=f"{category}_{size}",
            description=f"Procedural {category}, {size} x {size} pixels.",
            category=category,
            image_size=size,
        )
        for category in ("chairs", "cars", "planes")
        for size in (64, 128)
    ]
    own = RenderedObjectsConfig(
        name="meshes", description="The user's own meshes.", category="meshes", train_examples=40
    )
    return [*procedural, own]


class Builder(rendered.Builder):
    """Builds rendered_objects. Objects of a split are in no other split."""

    VERSION = tfds.core.Version("1.1.0")
    RELEASE_NOTES = {"1.0.0": "Initial release.", "1.1.0": "3000 objects to train on instead of 1000."}
    MANUAL_DOWNLOAD_INSTRUCTIONS = "For the config `meshes`: a folder of OBJ, GLB, PLY, STL … files."
    BUILDER_CONFIGS = _configs()
    pkg_dir_path = epath.Path(__file__).parent  # TFDS would look below tfkeypoints/, where a checkout has no datasets/

    @classmethod
    def made_of(cls, options: Mapping[str, Any]) -> tuple[Path, list[Path]]:
        """The folder of the user's meshes, and the files in it that the data is made of, textures included."""
        root = Path(options["manual_dir"])
        textures = (path for path in root.rglob("*") if path.suffix.lower() in BESIDE and path.is_file())
        return root, sorted({*(Path(path) for _, path in meshes.find_meshes(root)), *textures})

    def _info(self) -> tfds.core.DatasetInfo:
        config = self.builder_config
        names = []
        if config.category != "meshes":
            names = list(shapes.make(config.category, np.random.default_rng(0)).landmark_names)
        metadata = {
            "category": config.category,
            "landmark_names": names,
            "world_unit": "distance from the bounding box's centre to the farthest vertex",
            "world_axes": "+x forward, +y left, +z up",
            "options": config.options(),
        }
        return self.dataset_info_from_configs(
            features=common.features(config.num_views, config.image_size, 4, len(names), frames=False),
            metadata=tfds.core.MetadataDict(metadata),
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Any]:
        config = self.builder_config
        if config.category == "meshes":
            members = common.split_by_instance(self._readable_meshes(dl_manager), config.seed)
        else:
            members = {split: self._shapes(split, getattr(config, f"{split}_instances")) for split in SPLITS}
        return {split: self._generate_examples(split, members[split]) for split in SPLITS}

    def _shapes(self, split: str, count: int) -> list[tuple[str, str]]:
        """Names and sources of the first `count` objects of a split."""
        category = self.builder_config.category
        return [(f"{category}/{split}/{number:05d}", category) for number in range(count)]

    def render(self, split: str, count: int) -> list[dict[str, Any]]:
        """Renders the first example of each of the first `count` procedural objects of a split, for no data set."""
        render = self._renderer()
        jobs = (examples.Job(*shape, 1, self.builder_config.seed) for shape in self._shapes(split, count))
        return [render(job)[0] for job in jobs]

    def _readable_meshes(self, dl_manager: tfds.download.DownloadManager) -> list[tuple[str, str]]:
        """Returns names and paths of the meshes that can be rendered; reports the others."""
        config = self.builder_config
        try:
            folder = os.fspath(dl_manager.manual_dir)
        except AssertionError as error:  # how TFDS says that there is none
            raise ValueError(f"`manual_dir` must be a folder with mesh files. {error}") from None
        root, members = self.made_of({"manual_dir": os.path.realpath(folder)})
        files = fingerprint(members, root)
        found = meshes.find_meshes(folder)
        check = functools.partial(meshes.inspect_mesh, up=config.up, forward=config.forward)
        paths = [os.fspath(path) for _, path in found]
        told = list(tqdm(spawned_map(check, paths), "Reading meshes", len(found), unit=" meshes"))
        reasons = [reason for reason, _ in told]
        skipped = [reason for reason in reasons if reason]
        if skipped:
            logging.warning("Skipped %d of %d mesh files:\n  %s", len(skipped), len(found), "\n  ".join(skipped))
        lost = [
            f"{os.path.relpath(path, folder)}: {'; '.join(each)}"
            for path, (_, each) in zip(paths, told, strict=True)
            if each
        ]
        if lost:
            logging.warning("Not all colors of %d mesh files could be had:\n  %s", len(lost), "\n  ".join(lost))
        self.info.metadata.update(manual_dir=os.path.realpath(folder), skipped=skipped, lost=lost, files=files)
        readable = [(name, path) for (name, _), path, reason in zip(found, paths, reasons, strict=True) if not reason]
        if len(readable) < len(SPLITS):
            raise ValueError(
                f"`manual_dir` must hold at least {len(SPLITS)} readable meshes, one for each split. "
                f"Received: {folder} with {len(readable)} readable of {len(found)} mesh files"
            )
        return readable

    def _generate_examples(self, split: str, members: Sequence[tuple[str, str]]) -> Any:
        config = self.builder_config
        num_examples = config.train_examples if split == "train" else config.evaluation_examples
        jobs = [examples.Job(instance, source, num_examples, config.seed) for instance, source in members]
        return self._rendered(self._renderer(), jobs, f"Rendering {split}", "objects")

    def _renderer(self) -> Callable[[examples.Job], list[dict[str, Any]]]:
        """The function that makes the examples of a job."""
        config = self.builder_config
        settings = {
            "image_size": config.image_size,
            "num_views": config.num_views,
            "shift": config.shift,
            "roll": np.deg2rad(config.roll_degrees),
        }
        if config.category == "meshes":
            return functools.partial(examples.mesh_examples, up=config.up, forward=config.forward, **settings)
        return functools.partial(examples.shape_examples, **settings)
