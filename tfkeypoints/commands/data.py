"""`tfkeypoints data`."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from tfkeypoints.arguments import check_positive_integers
from tfkeypoints.data.recordings.options import RecordingOptions
from tfkeypoints.methods import trained_by
from tfkeypoints.models.recipe import detector_recipe

if TYPE_CHECKING:
    import tensorflow_datasets as tfds


Name = Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="NAME")]

HOW = {"name", "data_dir", "manual_dir", "keep_data", "beam_options"}
"""Options of `Build` that say where and how, and not what."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Build(RecordingOptions):
    """Make a data set: render built-in shapes or your own meshes, record robots, or take recordings, photos, TFRecords.

    What changes a data set also changes its name; the last line tells it.

    Example:
      tfkeypoints data build rendered_objects/chairs_64
      tfkeypoints data build rendered_objects/chairs_64 --train-instances 9000
      tfkeypoints data build rendered_objects/meshes --manual-dir my_meshes --up z --forward=-y
      tfkeypoints data build robot_scenes/hammer_64 --train-episodes 20
      tfkeypoints data build recordings/own --manual-dir sessions --cameras calibration.toml
      tfkeypoints data build captures/own --manual-dir objects
      tfkeypoints data build keypointnet_original/cars --manual-dir cars_with_keypoints --every 10
    """

    name: Name
    """Data set NAME/CONFIG."""
    data_dir: Path | None = None
    """Where data sets lie; by default TensorFlow Datasets' own place."""
    manual_dir: Path | None = None
    """Folder of your meshes, for rendered_objects/meshes; of your recordings, for recordings/own; of your objects, for
    captures/own; or of the unpacked archive, for keypointnet_original."""
    cameras: Path | None = None
    """File or folder with the cameras of recordings, unless each has its own in its folder."""
    window: Literal["auto", "fixed", "follow"] | None = None
    """Which part of a recording's images is taken: a fixed square a camera about what moves, or one that follows it."""
    window_side: float | None = None
    """World units that a window shows which follows."""
    at_rest: str | None = None
    """What the scene of a recording looks like at rest: median, none, or a folder with a recording of it empty."""
    scene_centre: tuple[float, float, float] | None = None
    """About where in the world something moves in a recording, where the cameras' axes do not meet there."""
    world_unit: str | None = None
    """The unit of length of a recording's camera file, such as metre."""
    keep_data: bool = False
    """Use a data set as it was built although the files that it was made of have changed."""
    beam_options: str | None = None
    """Build by Apache Beam, with these options of its pipeline, separated by commas. docs/cluster.md has examples."""
    image_size: int | None = None
    """Height and width in pixels."""
    num_views: int | None = None
    """Views of an example."""
    roll_degrees: float | None = None
    """Cameras turn about their axis by up to so many degrees."""
    up: str | None = None
    """Axis of your meshes or captures that points up: x, y, z, -x, -y or -z."""
    forward: str | None = None
    """Axis of your meshes or captures that points the way the objects face."""
    turn: Annotated[tyro.conf.UseAppendAction[tuple[str, ...]], tyro.conf.arg(metavar="NAME=DEGREES")] = ()
    """An object of captures that is to be turned about its vertical axis, because it faces another way."""
    num_examples: int | None = None
    """Examples an object, of captures."""
    train_instances: int | None = None
    """Objects to train on, of the built-in shapes."""
    train_episodes: int | None = None
    """Episodes to train on, of moving scenes."""
    num_frames: int | None = None
    """Frames of an episode, of moving scenes; of recordings, those to train on, at most."""
    moving_cameras: bool | None = None
    """Whether cameras sway over time, in moving_shapes."""
    action_noise: tuple[float, ...] | None = None
    """Noise on the actions of robots, in turn from episode to episode."""
    every: int | None = None
    """Of keypointnet_original: of so many pairs of views, one is taken."""
    seed: int | None = None
    """Seed of all that is drawn by chance."""

    def __call__(self) -> None:
        from tfkeypoints import data

        names = {field.name for field in dataclasses.fields(self)} - HOW
        options = {name: getattr(self, name) for name in sorted(names) if getattr(self, name) not in (None, ())}
        options = {name: str(value) if isinstance(value, Path) else value for name, value in options.items()}
        builder = data.build(self.name, self.data_dir, self.manual_dir, self.keep_data, self.beam_options, **options)
        print(_describe(builder.info))
        moving = "frame" in builder.info.features
        model = next(name for name in trained_by("train") if detector_recipe(name).of_moving_scenes == moving)
        place = f" --data-dir {self.data_dir}" if self.data_dir else ""
        print(f"next: tfkeypoints train {model} --data {_short_name(builder.info)}{place}")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Info:
    """Tell what a data set holds: splits, shapes, units, landmarks.

    Example:
      tfkeypoints data info rendered_objects/chairs_64
    """

    name: Name
    """Data set NAME/CONFIG."""
    data_dir: Path | None = None
    """Where data sets lie; by default TensorFlow Datasets' own place."""

    def __call__(self) -> None:
        from tfkeypoints import data

        print(_describe(data.dataset_info(self.name, self.data_dir)))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Show:
    """Draw examples of a data set, with their landmarks if it has some.

    Example:
      tfkeypoints data show rendered_objects/cars_64 --out cars.png
    """

    name: Name
    """Data set NAME/CONFIG, built when absent."""
    out: Path
    """Picture to write, for example chairs.png."""
    split: str = "train"
    """train, validation or test."""
    examples: int = 24
    """How many."""
    data_dir: Path | None = None
    """Where data sets lie; by default TensorFlow Datasets' own place."""

    def __call__(self) -> None:
        import numpy as np

        from tfkeypoints import data, visualization
        from tfkeypoints.geometry import camera

        check_positive_integers(examples=self.examples)
        dataset = data.load(self.name, self.split, data_dir=self.data_dir)
        spread = dataset.shard(max(1, len(dataset) // self.examples), 0)  # neighbours often show the same object
        batch = next(iter(spread.batch(self.examples)))
        views = batch["image"].shape[1]
        uv = np.zeros([len(batch["image"]), views, 0, 2])
        if "landmarks" in batch:
            uv = camera.project(batch["landmarks"][:, None], batch["intrinsics"], batch["extrinsics"])[0].numpy()
        visualization.save_image(self.out, visualization.contact_sheet(batch["image"].numpy(), uv))
        print(self.out)


def _short_name(info: "tfds.core.DatasetInfo") -> str:
    return f"{info.name}/{info.config_name}"


def _describe(info: "tfds.core.DatasetInfo") -> str:
    metadata = info.metadata or {}
    rows = {
        "data set": _short_name(info),
        "place": f"{info.data_dir}" if info.splits else "not built yet: `tfkeypoints data build` does it",
        "examples": ", ".join(f"{split} {info.splits[split].num_examples}" for split in info.splits),
        **{key: f"{feature.tf_dtype.name} {list(feature.shape)}" for key, feature in info.features.items()},
        "world unit": metadata.get("world_unit"),
        "world axes": metadata.get("world_axes"),
        "landmarks": ", ".join(metadata.get("landmark_names", [])),
        "skipped": "\n".join(metadata.get("skipped", [])),
        "lost": "\n".join(metadata.get("lost", [])),
        "windows": metadata.get("windows", {}).get("kind"),
        "mean depth": metadata.get("model_sizes", {}).get("mean_depth"),
        "files": len(metadata.get("files", [])),
        "remarks": "\n".join(metadata.get("remarks", [])),
    }
    return "\n".join(f"{name:12s} {value}" for name, value in rows.items() if value)
