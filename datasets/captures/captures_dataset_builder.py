"""Views of the user's own objects: photos with the cameras of each object, cut to windows about the objects."""

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow_datasets as tfds
from etils import epath
from tqdm.auto import tqdm

from tfkeypoints.data.captures.find import cameras_of, find_captures
from tfkeypoints.data.captures.prepare import examples, prepare, usual_count
from tfkeypoints.data.provenance import fingerprint
from tfkeypoints.data.recordings.images import SUFFIXES
from tfkeypoints.datasets import common
from tfkeypoints.rendering import meshes

if TYPE_CHECKING:
    from tfkeypoints.data.captures.posed import Posed
    from tfkeypoints.data.captures.prepare import Prepared


@dataclasses.dataclass(eq=False)
class CapturesConfig(common.Config):
    """Which objects, and what is taken of them.

    Attributes:
        captures: Folder of the objects, a sub-folder each.
        image_size: Height and width in pixels.
        num_views: Views an example, V.
        num_examples: Examples an object; None: 20, or more, so that each photo of every object is shown.
        seed: Of all that is drawn by chance, ≥ 0.
        shift: Windows are aimed at a point within ±shift of the object's middle, in radii of the object.
        up, forward: The axes of the camera files that point up and the way the objects face, such as `"z"` or `"-y"`.
        turn: Objects that are turned about their vertical axis besides, as `NAME=DEGREES` each.
    """

    captures: str | None = None
    image_size: int = 64
    num_views: int = 2
    num_examples: int | None = None
    seed: int = 0
    shift: float = 0.1
    up: str = "z"
    forward: str = "x"
    turn: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.check_least(image_size=8, num_views=2, seed=0)
        if self.num_examples is not None:
            self.check_least(num_examples=1)
        if not 0 <= self.shift <= 0.3:
            raise ValueError(f"`shift` must lie between 0 and 0.3. Received: shift={self.shift}")
        meshes.frame(self.up, self.forward)
        self.turn = tuple(self.turn)
        turns_of(self.turn)
        if self.captures is not None:
            self.captures = str(Path(self.captures).expanduser().resolve())

    def name_of(self, changes: Mapping[str, Any]) -> str:
        """The folder and a digest of all that was chosen, its place included; not of what it holds."""
        options = self.options()  # with absolute paths
        chosen = hashlib.sha256(json.dumps(options, sort_keys=True).encode()).hexdigest()[:8]
        return f"{Path(options['captures'] or 'none').name}_{chosen}"


def turns_of(words: Iterable[str]) -> dict[str, float]:
    """Reads `NAME=DEGREES` words into a dict.

    Raises:
        ValueError: If one is no such word, or an object is named twice.
    """
    turns = {}
    for word in words:
        name, _, degrees = word.rpartition("=")
        try:
            value = float(degrees)
        except ValueError:
            value = np.nan
        if not name or name in turns or not np.isfinite(value):
            raise ValueError(f"`turn` should be NAME=DEGREES, once an object. Received: {' '.join(words)}")
        turns[name] = value
    return turns


class Builder(common.Builder):
    """Builds captures. Objects of a split are in no other split; examples of an object follow each other."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "Initial release."}
    MANUAL_DOWNLOAD_INSTRUCTIONS = "A folder of objects, each a folder of photos with the file of their cameras."
    BUILDER_CONFIGS = [CapturesConfig(name="own", description="The user's own objects.")]
    FOLDER = "captures"
    pkg_dir_path = epath.Path(__file__).parent  # TFDS would look below tfkeypoints/, where a checkout has no datasets/

    @classmethod
    def made_of(cls, options: Mapping[str, Any]) -> tuple[Path, list[Path]]:
        """The folder from which files are named, and the files that data of these options is made of."""
        root = Path(options["captures"])
        return root, [file for folder in find_captures(root) for file in _files(folder)]

    def _info(self) -> tfds.core.DatasetInfo:
        config = self.builder_config
        metadata = {
            "world_unit": "radius of the object: from its middle to the farthest place that a mask shows",
            "world_axes": "+x forward, +y left, +z up",
            "options": config.options(),
        }
        return self.dataset_info_from_configs(
            features=common.features(config.num_views, config.image_size, 4, 0, frames=False),
            metadata=tfds.core.MetadataDict(metadata),
            disable_shuffling=True,
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Any]:
        config = self.builder_config
        if config.captures is None:
            raise ValueError(
                "`captures` should be a folder of objects. Received: captures=None. On the command line: tfkeypoints "
                "data build captures/own --manual-dir FOLDER"
            )
        root, paths = self.made_of(config.options())
        files = fingerprint(paths, root)
        prepared = prepare(root, meshes.frame(config.up, config.forward), turns_of(config.turn))
        sizes = prepared.model_sizes()
        self.info.metadata.update(
            model_sizes=sizes,
            windows={
                "kind": "object",
                "up": config.up,
                "forward": config.forward,
                "of_mask": prepared.of_mask(),
            },
            objects=prepared.described(),
            remarks=list(prepared.remarks),
            files=files,
        )
        print("\n".join([*prepared.remarks, *_told(prepared, sizes, config)]))
        count = config.num_examples or usual_count(prepared.objects, config.num_views)
        dealt = common.split_by_instance([(each.capture.name, each) for each in prepared.objects], config.seed)
        return {split: self._generate_examples(split, members, count) for split, members in dealt.items()}

    def _generate_examples(
        self, split: str, members: "Iterable[tuple[str, Posed]]", count: int
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        config = self.builder_config
        for name, posed in tqdm(sorted(members), f"Cutting {split}", unit=" objects", disable=None):
            rng = np.random.default_rng([config.seed, *name.encode()])
            cut = examples(posed, count, config.num_views, config.image_size, config.shift, rng)
            for number, example in enumerate(cut):
                yield f"{name}/{number:05d}", example


def _told(prepared: "Prepared", sizes: Mapping[str, float], config: CapturesConfig) -> Iterator[str]:
    """What was found and assumed, line by line."""
    photos = [len(each.capture.photos) for each in prepared.objects]
    radii = [each.radius for each in prepared.objects]
    yield (
        f"{len(photos)} objects with {min(photos)} to {max(photos)} photos; their radii, {min(radii):.4g} to "
        f"{max(radii):.4g} units of the camera files, count as 1; cameras are about {sizes['mean_depth']:.4g} away"
    )
    yield (
        f"assumed: {config.up} of the camera files is up, and the objects face along {config.forward} (--up, --forward)"
    )


def _files(folder: Path) -> list[Path]:
    """The files of an object that may be read: images and cameras."""
    cameras = cameras_of(folder)[:1]
    inside = [path for each in cameras for path in ([each] if each.is_file() else sorted(each.iterdir()))]
    images = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES]
    return [path for path in [*inside, *images] if path.is_file() and not path.name.startswith(".")]
