"""TFDS' own checks of the builder, on photos of three objects."""

import tempfile
from pathlib import Path

import tensorflow_datasets as tfds

from tests.data.captures import drawn
from tfkeypoints.datasets.captures import captures_dataset_builder as captures

FOLDER = Path(tempfile.mkdtemp())
for number in range(3):
    drawn.make(number, photos=4).write(FOLDER / "objects" / f"ball_{number}")
TINY = captures.CapturesConfig(name="tiny", captures=FOLDER / "objects", image_size=16, num_examples=2)


class CapturesTest(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = captures.Builder
    BUILDER_CONFIG_NAMES_TO_TEST = (TINY,)
    SPLITS = {"train": 2, "validation": 2, "test": 2}
    EXAMPLE_DIR = captures.Builder.pkg_dir_path  # nothing is downloaded: any folder that exists

    def test_session(self, **kwargs):  # TensorFlow's helper of this name would count as a skipped test
        return self.cached_session(**kwargs)

    test_session.__test__ = False


if __name__ == "__main__":
    tfds.testing.test_main()
