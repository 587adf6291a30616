"""TFDS' own checks of the builder, on configs of a few objects."""

import tensorflow_datasets as tfds

from tfkeypoints.datasets.rendered_objects import rendered_objects_dataset_builder as rendered_objects


def tiny(category):
    return rendered_objects.RenderedObjectsConfig(
        name=f"tiny_{category}",
        category=category,
        image_size=16,
        train_instances=2,
        validation_instances=1,
        test_instances=1,
        train_examples=2,
        evaluation_examples=1,
    )


class RenderedObjectsTest(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = rendered_objects.Builder
    BUILDER_CONFIG_NAMES_TO_TEST = tuple(tiny(category) for category in ("chairs", "meshes"))
    SPLITS = {"train": 4, "validation": 1, "test": 1}
    EXAMPLE_DIR = rendered_objects.Builder.pkg_dir_path / "dummy_data"  # four meshes and an unreadable one

    def test_session(self, **kwargs):  # TensorFlow's helper of this name would count as a skipped test
        return self.cached_session(**kwargs)

    test_session.__test__ = False


if __name__ == "__main__":
    tfds.testing.test_main()
