"""Frames of the user's own recordings by calibrated cameras, undistorted and cut to what moves."""

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tensorflow_datasets as tfds
from etils import epath

from tfkeypoints.arguments import check_choice
from tfkeypoints.data.provenance import fingerprint
from tfkeypoints.data.recordings.find import VIDEO_SUFFIXES
from tfkeypoints.data.recordings.images import SUFFIXES
from tfkeypoints.data.recordings.options import RecordingOptions
from tfkeypoints.data.sessions.find import CAMERA_SUFFIXES, Session, find_sessions
from tfkeypoints.data.sessions.prepare import AT_REST, prepare
from tfkeypoints.data.sessions.selection import SPLITS
from tfkeypoints.data.sessions.windows import KINDS
from tfkeypoints.datasets import common

if TYPE_CHECKING:
    from tfkeypoints.data.sessions.prepare import Prepared


READ = (*VIDEO_SUFFIXES, *SUFFIXES, *CAMERA_SUFFIXES)
"""Suffixes of the files that a recording may be made of."""


def _absolute(path: str | Path) -> str:
    return str(Path(path).expanduser().resolve())


@dataclasses.dataclass(eq=False)
class RecordingsConfig(common.Config):
    """Which recordings, and what is taken of them.

    Attributes:
        recording: Folder of a recording, or of several.
        cameras: File of the cameras, for recordings that have none of their own in their folder.
        pair: Camera to its sub-folder or video where names differ, as `CAMERA=NAME` each.
        offset: Cameras that started later than the others, by how many of their frames, as `CAMERA=FRAMES` each.
        bits: Of 16-bit grey images, those that are used; None: 12 or 16, whichever fits.
        image_size: Height and width in pixels.
        num_frames: Frames to train on, at most; those that differ most are taken.
        window: `"fixed"`: a square a camera; `"follow"`: one that goes with what moves; `"auto"`: whichever fits.
        window_side: World units that a window shows which follows; None: what covers the thing that moves.
        at_rest: What the scene looks like at rest: `"median"` over time, a folder with a recording of the
            empty scene, or `"none"`.
        scene_centre: About where in the world something moves, `x, y, z`; None: where the cameras' axes meet.
        world_unit: The camera file's unit of length, such as `"metre"`.
    """

    recording: str | None = None
    cameras: str | None = None
    pair: tuple[str, ...] = ()
    offset: tuple[str, ...] = ()
    bits: int | None = None
    image_size: int = 64
    num_frames: int = 600
    window: str = "auto"
    window_side: float | None = None
    at_rest: str = "median"
    scene_centre: tuple[float, ...] | None = None
    world_unit: str = "unit of the camera file"

    def __post_init__(self) -> None:
        self.check_least(image_size=8, num_frames=1)
        check_choice(KINDS, window=self.window)
        self.pair, self.offset = tuple(self.pair), tuple(self.offset)
        self.reading()
        self.recording = None if self.recording is None else _absolute(self.recording)
        self.cameras = None if self.cameras is None else _absolute(self.cameras)
        if self.at_rest not in AT_REST:
            self.at_rest = _absolute(self.at_rest)
        if self.scene_centre is not None:
            self.scene_centre = tuple(self.scene_centre)
            if len(self.scene_centre) != 3:
                raise ValueError(f"`scene_centre` should be x, y, z. Received: scene_centre={self.scene_centre}")

    def reading(self) -> dict[str, Any]:
        """The arguments of `find_recording`."""
        return RecordingOptions(pair=self.pair, offset=self.offset, bits=self.bits).reading()

    def name_of(self, changes: Mapping[str, Any]) -> str:
        """The recording's folder and a digest of all that was chosen, its place included; not of what it holds."""
        options = self.options()  # with absolute paths
        chosen = hashlib.sha256(json.dumps(options, sort_keys=True, default=str).encode()).hexdigest()[:8]
        return f"{Path(options['recording'] or 'none').name}_{chosen}"


class Builder(common.Builder):
    """Builds recordings. Frames lie in the order of time."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "Initial release."}
    MANUAL_DOWNLOAD_INSTRUCTIONS = "A recording, or a folder of recordings, and a file of their cameras."
    BUILDER_CONFIGS = [RecordingsConfig(name="own", description="The user's own recordings.")]
    FOLDER = "recording"
    pkg_dir_path = epath.Path(__file__).parent  # TFDS would look below tfkeypoints/, where a checkout has no datasets/

    @classmethod
    def made_of(cls, options: Mapping[str, Any]) -> tuple[Path, list[Path]]:
        """The folder from which files are named, and the files that data of these options is made of."""
        root = Path(options["recording"])
        others = [Path(each) for each in (options["cameras"], options["at_rest"]) if each not in (None, *AT_REST)]
        return root, [file for path in (root, *others) for file in _files(path)]

    def _info(self) -> tfds.core.DatasetInfo:
        config = self.builder_config
        views = len(self._sessions[0].calibration.names) if config.recording else 2
        features = dict(common.features(views, config.image_size, 3, 0, frames=True).items())
        if config.at_rest != "none":
            features["background"] = features["image"]
        metadata = {
            "world_unit": config.world_unit,
            "world_axes": "those of the camera file",
            "options": config.options(),
        }
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(features),
            metadata=tfds.core.MetadataDict(metadata),
            disable_shuffling=True,
        )

    @property
    def _sessions(self) -> list[Session]:
        config = self.builder_config
        if "found" not in self.__dict__:
            self.__dict__["found"] = find_sessions(config.recording, config.cameras, **config.reading())
        return self.__dict__["found"]

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Any]:
        config = self.builder_config
        if config.recording is None:
            raise ValueError(
                "`recording` should be a folder with a recording, or several. Received: recording=None. On the command "
                "line: tfkeypoints data build recordings/own --manual-dir FOLDER --cameras FILE"
            )
        root, paths = self.made_of(config.options())
        of_empty = {name: value for name, value in config.reading().items() if name != "offsets"}
        files = fingerprint(paths, root)
        for session in self._sessions:
            for remark in session.remarks:
                print(f"{session.name}: {remark}")
        prepared = prepare(
            self._sessions,
            config.image_size,
            config.num_frames,
            config.window,
            config.window_side,
            config.at_rest,
            config.scene_centre,
            **of_empty,
        )
        sizes = prepared.model_sizes()
        self.info.metadata.update(
            model_sizes=sizes,
            windows=prepared.windows_told(),
            sessions=prepared.described(),
            files=files,
        )
        print("\n".join(_told(prepared, sizes, config)))
        splits = {split: self._generate_examples(prepared.examples(split)) for split in SPLITS}
        background = prepared.background()
        return splits if background is None else {**splits, "background": self._generate_examples([background])}

    def _generate_examples(self, examples: Iterable[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
        for example in examples:
            yield f"{example['instance']}/{example['frame']:08d}", example


def _told(prepared: "Prepared", sizes: Mapping[str, float], config: RecordingsConfig) -> Iterator[str]:
    """What was found, line by line."""
    for session, windows, splits in zip(prepared.sessions, prepared.windows, prepared.splits, strict=True):
        counts = ", ".join(f"{len(places)} {split}" for split, places in splits.items())
        place = ", ".join(f"{each:.4g}" for each in windows.centre + session.offset)
        yield f"{session.name}: {len(session.recording)} frames, of which {counts}; something moves about ({place})"
    if sum(prepared.shared):
        yield f"the scene at rest of {sum(prepared.shared)} recordings is their common median, of the same cameras"
    kind = {"fixed": "windows stand still", "follow": "windows follow what moves"}[prepared.windows[0].kind]
    yield (
        f"{kind} and show {prepared.windows[0].side:.4g} from side to side; cameras are {sizes['mean_depth']:.4g} away "
        f"({config.world_unit})"
    )


def _files(path: Path) -> list[Path]:
    """The files of a file or folder that may be read, without hidden ones."""
    found = sorted(path.rglob("*")) if path.is_dir() else [path]
    return [
        each
        for each in found
        if each.is_file() and (each == path or (each.suffix.lower() in READ and not each.name.startswith(".")))
    ]
