"""Episodes of a procedural arm that pushes a box while a ball rolls past, rendered through calibrated cameras."""

import dataclasses
import functools
from collections.abc import Iterator
from typing import Any

import tensorflow_datasets as tfds
from etils import epath

from tfkeypoints.datasets import common, rendered
from tfkeypoints.rendering import scenes
from tfkeypoints.rendering.examples import Job

SPLITS = ("train", "validation", "test")
FRAMES_PER_SECOND = 10
LEAST = {
    "image_size": 1,
    "num_views": 1,
    "num_frames": 2,
    "train_episodes": 1,
    "validation_episodes": 1,
    "test_episodes": 1,
    "seed": 0,
}


@dataclasses.dataclass(eq=False)
class MovingShapesConfig(common.Config):
    """What to render.

    Attributes:
        image_size: Height and width in pixels.
        num_views: Cameras, V, at equal angles around the table.
        moving_cameras: Whether each camera sways over time, or stands.
        num_frames: Frames an episode; more of them show the same motion in finer steps.
        train_episodes, validation_episodes, test_episodes: Number of episodes a split.
        seed: Of all that is drawn by chance, ≥ 0.
    """

    image_size: int = 64
    num_views: int = 3
    moving_cameras: bool = False
    num_frames: int = 25
    train_episodes: int = 80
    validation_episodes: int = 10
    test_episodes: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        self.check_least(**LEAST)


class Builder(rendered.Builder):
    """Builds moving_shapes. Episodes of a split are in no other split; frames lie in the order of time."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "Initial release."}
    BUILDER_CONFIGS = [
        MovingShapesConfig(name="arm_64", description="Three standing cameras, 64 x 64 pixels."),
        MovingShapesConfig(name="arm_128", description="Three standing cameras, 128 x 128 pixels.", image_size=128),
        MovingShapesConfig(
            name="moving_cameras_64", description="Three swaying cameras, 64 x 64 pixels.", moving_cameras=True
        ),
    ]
    pkg_dir_path = epath.Path(__file__).parent  # TFDS would look below tfkeypoints/, where a checkout has no datasets/

    def _info(self) -> tfds.core.DatasetInfo:
        config = self.builder_config
        names = list(scenes.LANDMARK_NAMES)
        metadata = {
            "landmark_names": names,
            "world_unit": "metre",
            "world_axes": "+x from the arm across the table, +y to the arm's left, +z up; z = 0 is the table's top",
            "frames_per_second": FRAMES_PER_SECOND,
            "options": config.options(),
        }
        return self.dataset_info_from_configs(
            features=common.features(config.num_views, config.image_size, 3, len(names), frames=True),
            metadata=tfds.core.MetadataDict(metadata),
            disable_shuffling=True,
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Any]:
        return {split: self._generate_examples(split) for split in SPLITS} | {"background": self._generate_background()}

    def _generate_examples(self, split: str) -> Any:
        config = self.builder_config
        jobs = [
            Job(f"arm/{split}/{number:05d}", "arm", config.num_frames, config.seed)
            for number in range(getattr(config, f"{split}_episodes"))
        ]
        render = functools.partial(
            scenes.episode_examples,
            image_size=config.image_size,
            num_views=config.num_views,
            moving_cameras=config.moving_cameras,
        )
        return self._rendered(render, jobs, f"Rendering {split}", "episodes")

    def _generate_background(self) -> Iterator[tuple[int, dict[str, Any]]]:
        config = self.builder_config
        yield 0, scenes.background_example(config.image_size, config.num_views)
