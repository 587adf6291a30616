"""TFDS' own checks of the builder, on a folder of the authors' form."""

import pathlib
import shutil
import tempfile

import tensorflow_datasets as tfds

from tests.datasets.original_records import write_folder
from tfkeypoints.datasets.keypointnet_original import keypointnet_original_dataset_builder as original

TINY = original.KeypointNetOriginalConfig(name="tiny", image_size=48)


class KeypointNetOriginalTest(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = original.Builder
    BUILDER_CONFIG_NAMES_TO_TEST = (TINY,)
    SPLITS = {"train": 3, "validation": 1, "test": 1}

    @classmethod
    def setUpClass(cls):
        cls.EXAMPLE_DIR = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.EXAMPLE_DIR)
        write_folder(pathlib.Path(cls.EXAMPLE_DIR), pairs=1)
        super().setUpClass()

    def test_session(self, **kwargs):  # TensorFlow's helper of this name would count as a skipped test
        return self.cached_session(**kwargs)

    test_session.__test__ = False


if __name__ == "__main__":
    tfds.testing.test_main()
