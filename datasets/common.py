"""What the builders share: configs whose fields are options, how files are written, features, the deal to splits."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from tfkeypoints.datasets.writer import SortedExampleWriter


@dataclasses.dataclass(eq=False)
class Config(tfds.core.BuilderConfig):
    """A config whose own fields make the data."""

    def options(self) -> dict[str, Any]:
        """The fields, without those of TFDS, as JSON gives them back: tuples are lists."""
        inherited = {field.name for field in dataclasses.fields(tfds.core.BuilderConfig)}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in dataclasses.asdict(self).items()
            if name not in inherited
        }

    def name_of(self, changes: Mapping[str, Any]) -> str:
        """The name of a config that is this one with some options changed."""
        return "_".join([self.name, *(f"{key}_{changes[key]}" for key in sorted(changes))])

    def check_least(self, **least: int) -> None:
        """Raises a ValueError unless these fields are integers of at least so much."""
        for name, bound in least.items():
            value = getattr(self, name)
            if not isinstance(value, int) or value < bound:
                raise ValueError(f"`{name}` must be an integer of at least {bound}. Received: {name}={value!r}")


class Builder(tfds.core.GeneratorBasedBuilder, skip_registration=True):  # type: ignore[call-arg]  # of TFDS' metaclass
    """A builder whose record files have the same bytes whenever they are built with the same options."""

    CAN_BEAM = False
    """Whether Apache Beam can build it."""
    FOLDER = None
    """The option that is the folder of the user's own files, where it makes the config."""

    def _example_writer(self) -> SortedExampleWriter:
        return SortedExampleWriter(self.info.file_format)

    def _download_and_prepare(
        self, dl_manager: tfds.download.DownloadManager, download_config: tfds.download.DownloadConfig
    ) -> None:
        asked = download_config.beam_options or download_config.beam_runner
        if asked and not self.CAN_BEAM:
            raise ValueError(f"{self.name} is not built by Beam. Received: beam_options={asked}")
        super()._download_and_prepare(dl_manager, download_config)


def features(
    num_views: int, image_size: int, channels: int, num_landmarks: int, frames: bool
) -> tfds.features.FeaturesDict:
    """The features of an example; `frames` tells whether it has a place in time."""
    # Read at 9,300 examples of 2 x 64 x 64 x 4 a CPU second, from 2.2 kB each. PNG: 5,200 from 3.0 kB; plain bytes:
    # 17,000, but from 33 kB, and only the first pass reads them (`tfkeypoints.data.batches` keeps them).
    image = tfds.features.Tensor(shape=(num_views, image_size, image_size, channels), dtype=np.uint8, encoding="zlib")
    return tfds.features.FeaturesDict(
        {
            "image": image,
            "intrinsics": tfds.features.Tensor(shape=(num_views, 3, 3), dtype=np.float32),
            "extrinsics": tfds.features.Tensor(shape=(num_views, 4, 4), dtype=np.float32),
            "instance": tfds.features.Text(),
            **(
                {"landmarks": tfds.features.Tensor(shape=(num_landmarks, 3), dtype=np.float32)} if num_landmarks else {}
            ),
            **({"frame": tfds.features.Scalar(dtype=np.int32)} if frames else {}),
        }
    )


def split_by_instance(members: Sequence[tuple[str, Any]], seed: int) -> dict[str, list[tuple[str, Any]]]:
    """Deals objects to the three splits, a tenth (at least one) to validation and as many to test.

    Args:
        members: List of (name, path).
        seed: The deal depends on it and on the names alone.

    Returns:
        Dict of split to list of (name, path).
    """
    order = np.random.default_rng(seed).permutation(len(members))
    shuffled = [sorted(members)[i] for i in order]
    tenth = max(1, round(len(members) / 10))
    return {"validation": shuffled[:tenth], "test": shuffled[tenth : 2 * tenth], "train": shuffled[2 * tenth :]}
