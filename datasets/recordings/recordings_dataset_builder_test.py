"""TFDS' own checks of the builder, on a film of a few frames."""

import tempfile
from pathlib import Path

import tensorflow_datasets as tfds

from tests.data.sessions import filmed
from tfkeypoints.datasets.recordings import recordings_dataset_builder as recordings

FOLDER = Path(tempfile.mkdtemp())
filmed.film(20, 0).write(FOLDER / "recording", FOLDER / "cameras.json")
TINY = recordings.RecordingsConfig(
    name="tiny", recording=FOLDER / "recording", cameras=FOLDER / "cameras.json", image_size=16, num_frames=8
)


class RecordingsTest(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = recordings.Builder
    BUILDER_CONFIG_NAMES_TO_TEST = (TINY,)
    SPLITS = {"train": 8, "validation": 1, "test": 1, "background": 1}
    EXAMPLE_DIR = recordings.Builder.pkg_dir_path  # nothing is downloaded: any folder that exists

    def test_session(self, **kwargs):  # TensorFlow's helper of this name would count as a skipped test
        return self.cached_session(**kwargs)

    test_session.__test__ = False


if __name__ == "__main__":
    tfds.testing.test_main()
