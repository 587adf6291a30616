"""TFDS' own checks of the builder, on a config of a few frames."""

import tensorflow_datasets as tfds

from tfkeypoints.datasets.moving_shapes import moving_shapes_dataset_builder as moving_shapes

TINY = moving_shapes.MovingShapesConfig(
    name="tiny", image_size=16, num_views=2, num_frames=2, train_episodes=2, validation_episodes=1, test_episodes=1
)


class MovingShapesTest(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = moving_shapes.Builder
    BUILDER_CONFIG_NAMES_TO_TEST = (TINY,)
    SPLITS = {"train": 4, "validation": 2, "test": 2, "background": 1}
    EXAMPLE_DIR = moving_shapes.Builder.pkg_dir_path  # nothing is downloaded: any folder that exists

    def test_session(self, **kwargs):  # TensorFlow's helper of this name would count as a skipped test
        return self.cached_session(**kwargs)

    test_session.__test__ = False


if __name__ == "__main__":
    tfds.testing.test_main()
