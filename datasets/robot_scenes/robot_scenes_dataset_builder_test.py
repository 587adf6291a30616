"""TFDS' own checks of the builder, on a config of a few frames."""

import tensorflow_datasets as tfds

from tests.simulation.requirements import needs_robots
from tfkeypoints.datasets.robot_scenes import robot_scenes_dataset_builder as robot_scenes

TINY = robot_scenes.RobotScenesConfig(
    name="tiny",
    robot_scene="ant",
    image_size=16,
    train_episodes=2,
    validation_episodes=1,
    test_episodes=1,
    num_frames=2,
    steps_per_frame=1,
)


@needs_robots
class RobotScenesTest(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = robot_scenes.Builder
    BUILDER_CONFIG_NAMES_TO_TEST = (TINY,)
    SPLITS = {"train": 4, "validation": 2, "test": 2, "background": 1}
    EXAMPLE_DIR = robot_scenes.Builder.pkg_dir_path  # nothing is downloaded: any folder that exists

    def test_session(self, **kwargs):  # TensorFlow's helper of this name would count as a skipped test
        return self.cached_session(**kwargs)

    test_session.__test__ = False


if __name__ == "__main__":
    tfds.testing.test_main()
