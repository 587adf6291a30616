"""The authors' renderings of ShapeNet's cars, planes and chairs, from the TFRecords that they published."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tensorflow_datasets as tfds
from absl import logging
from etils import epath
from tqdm.auto import tqdm

from tfkeypoints.data.provenance import fingerprint
from tfkeypoints.datasets import common
from tfkeypoints.datasets.keypointnet_original import records

if TYPE_CHECKING:
    import numpy as np


LEAST = {"image_size": 1, "every": 1, "seed": 0}


@dataclasses.dataclass(eq=False)
class KeypointNetOriginalConfig(common.Config):
    """What to read.

    Attributes:
        image_size: Height and width of the images in pixels.
        every: Of so many pairs of a file, one is taken.
        seed: Of the deal of files to splits, where the folder has no lists, ≥ 0.
    """

    image_size: int = 128
    every: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        self.check_least(**LEAST)


class Builder(common.Builder):
    """Builds keypointnet_original. Files of a split are in no other split."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "Initial release."}
    MANUAL_DOWNLOAD_INSTRUCTIONS = "The unpacked archive: *.tfrecord, projection.txt, and dev.txt, test.txt, train.txt."
    BUILDER_CONFIGS = [
        KeypointNetOriginalConfig(name=name, description=f"ShapeNet's {name}, 128 x 128 pixels.")
        for name in ("cars", "planes", "chairs")
    ]
    pkg_dir_path = epath.Path(__file__).parent  # TFDS would look below tfkeypoints/, where a checkout has no datasets/

    @classmethod
    def made_of(cls, options: Mapping[str, Any]) -> tuple[Path, list[Path]]:
        """The folder of the unpacked archive, and the files in it that the data is made of."""
        root = Path(options["manual_dir"])
        described = (root / name for name in (records.PROJECTION, *records.LISTS.values()))
        return root, [*root.glob("*.tfrecord"), *filter(Path.is_file, described)]

    def _info(self) -> tfds.core.DatasetInfo:
        config = self.builder_config
        metadata = {
            "landmark_names": [],
            "world_unit": "half of the object's longest side",
            "world_axes": "those of the mesh files, +y up; +x is the axis by which the facing is told",
            "options": config.options(),
        }
        return self.dataset_info_from_configs(
            features=common.features(2, config.image_size, 4, 0, frames=False),
            metadata=tfds.core.MetadataDict(metadata),
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Any]:
        try:
            folder = Path(dl_manager.manual_dir).resolve()
        except AssertionError as error:  # how TFDS says that there is none
            raise ValueError(f"`manual_dir` must be the folder of the unpacked archive. {error}") from None
        splits, unlisted = records.read_splits(folder, self.builder_config.seed, common.split_by_instance)
        if unlisted:
            logging.warning("Left out %d files that no list names, such as %s", len(unlisted), unlisted[0])
        projection = records.read_projection(folder / records.PROJECTION)
        root, files = self.made_of({"manual_dir": str(folder)})
        self.info.metadata.update(manual_dir=str(folder), files=fingerprint(files, root))
        return {split: self._generate_examples(split, splits[split], projection) for split in records.LISTS}

    def _generate_examples(
        self, split: str, members: Sequence[tuple[str, Path]], projection: "np.ndarray"
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        config, count = self.builder_config, 0
        for name, path in tqdm(members, f"Reading {split}", unit=" files"):
            empty = []
            for number, example in records.read_pairs(path, projection, config.image_size, config.every):
                if example is None:
                    empty.append(number)
                else:
                    count += 1
                    instance = f"{name}/{number:06d}"
                    yield instance, {**example, "instance": instance}
            if empty:
                logging.warning("Left out records of %s of which a view shows nothing: %s", path, empty)
        if not count:
            raise ValueError(f"`manual_dir` must hold pairs to put into {split}. Received: none in {dict(members)}")
