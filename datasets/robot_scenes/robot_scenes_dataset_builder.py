"""Episodes of Meta-World's arm, of Gymnasium's ant and of a scarf, rendered by MuJoCo through calibrated cameras."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import tensorflow_datasets as tfds
from etils import epath

from tfkeypoints.datasets import common, rendered
from tfkeypoints.processes import spawned_map
from tfkeypoints.simulation import episodes
from tfkeypoints.simulation.catalog import SCENES

SPLITS = ("train", "validation", "test")
COUNTS = (
    "image_size",
    "train_episodes",
    "validation_episodes",
    "test_episodes",
    "num_frames",
    "steps_per_frame",
)


@dataclasses.dataclass(eq=False)
class RobotScenesConfig(common.Config):
    """What to record.

    Attributes:
        robot_scene: One of `tfkeypoints.simulation.catalog.SCENES`.
        image_size: Height and width in pixels.
        train_episodes, validation_episodes, test_episodes: Number of episodes a split.
        num_frames: Frames an episode.
        steps_per_frame: Control steps from one frame to the next.
        action_noise: Standard deviations of the noise on the actions, which lie in [-1, 1]; episodes take turns.
        seed: Of all that is drawn by chance, ≥ 0.
    """

    robot_scene: str = "hammer"
    image_size: int = 128
    train_episodes: int = 100
    validation_episodes: int = 12
    test_episodes: int = 12
    num_frames: int = 48
    steps_per_frame: int = 3
    action_noise: Sequence[float] = (0.05, 0.1, 0.2, 0.3)
    seed: int = 0

    def __post_init__(self) -> None:
        if self.robot_scene not in SCENES:
            known = sorted(SCENES)
            raise ValueError(f"`robot_scene` must be one of {known}. Received: robot_scene={self.robot_scene!r}")
        self.check_least(**dict.fromkeys(COUNTS, 1), seed=0)
        self.action_noise = [float(noise) for noise in self.action_noise]
        if not self.action_noise or min(self.action_noise) < 0:
            raise ValueError(
                f"`action_noise` must list numbers of at least 0. Received: action_noise={self.action_noise}"
            )


def _configs() -> list[RobotScenesConfig]:
    return [
        RobotScenesConfig(
            name=f"{robot_scene}_{size}",
            description=f"{robot_scene.replace('_', ' ').capitalize()}, {size} x {size} pixels.",
            robot_scene=robot_scene,
            image_size=size,
            steps_per_frame=scene.steps_per_frame,
        )
        for robot_scene, scene in SCENES.items()
        for size in (64, 128)
    ]


class Builder(rendered.Builder):
    """Builds robot_scenes. Examples lie episode by episode, frame by frame; no episode is in two splits."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "Initial release."}
    BUILDER_CONFIGS = _configs()
    pkg_dir_path = epath.Path(__file__).parent  # TFDS would look below tfkeypoints/, where a checkout has no datasets/

    def _info(self) -> tfds.core.DatasetInfo:
        config = self.builder_config
        scene = SCENES[config.robot_scene]
        names = list(scene.landmark_names)
        metadata = {
            "landmark_names": names,
            "world_unit": "metre",
            "world_axes": scene.world_axes,
            "frames_per_second": scene.steps_per_second / config.steps_per_frame,
            "options": config.options(),
        }
        return self.dataset_info_from_configs(
            features=common.features(scene.num_views, config.image_size, 3, len(names), frames=True),
            metadata=tfds.core.MetadataDict(metadata),
            disable_shuffling=True,
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Any]:
        return {split: self._generate_examples(split) for split in SPLITS} | {"background": self._generate_background()}

    def _generate_examples(self, split: str) -> Any:
        config = self.builder_config
        noises = config.action_noise
        jobs = [
            self._job(f"{config.robot_scene}/{split}/{number:05d}", noises[number % len(noises)])
            for number in range(getattr(config, f"{split}_episodes"))
        ]
        return self._rendered(episodes.record, jobs, f"Recording {split}", "episodes")

    def _generate_background(self) -> Iterator[tuple[int, dict[str, Any]]]:
        (background,) = spawned_map(episodes.record_background, [self._job("background", 0.0)], num_workers=1)
        yield 0, background

    def _job(self, instance: str, action_noise: float) -> episodes.Job:
        config = self.builder_config
        return episodes.Job(
            instance=instance,
            robot_scene=config.robot_scene,
            image_size=config.image_size,
            num_frames=config.num_frames,
            steps_per_frame=config.steps_per_frame,
            action_noise=action_noise,
            seed=config.seed,
        )
