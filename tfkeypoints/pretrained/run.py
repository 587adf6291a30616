"""The run of a pretrained model: read where it is installed, its results written where the user works."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfkeypoints import files
from tfkeypoints.training.run import Run

if TYPE_CHECKING:
    import keras


OUTPUTS = Path("runs/pretrained")
"""Where commands write what they find out with pretrained models, a folder each."""


class PretrainedRun(Run):
    """A trained model that comes with this library, as a run.

    Args:
        folder: Its folder, see `tfkeypoints.pretrained`.

    Example:
        >>> Run.open("chairs_64").card["sha256"]
    """

    def __init__(self, folder: str | Path):
        super().__init__(folder, OUTPUTS / Path(folder).name)
        self.card_file = self.folder / "card.json"
        self.episode_file = self.folder / "episode.npz"

    @property
    def name(self) -> str:
        """Its name."""
        return self.folder.name

    @property
    def card(self) -> dict[str, Any]:
        """What is known of it, see `pretrained.card.describe`."""
        return files.read_json(self.card_file)

    @property
    def metrics(self) -> dict[str, Any]:
        """What its card says that was measured."""
        return self.card["metrics"]

    def load_model(self) -> "keras.Model":
        """Returns the Keras model, not compiled, in float32.

        Raises:
            ValueError: If its file is not the one that its card is about.
        """
        if self.card["sha256"] != sha256(self.model_file):
            raise ValueError(
                f"`run` should have the weights that its card is about, but {self.model_file} is another file: install "
                f"tfkeypoints anew. Received: run={self.name}"
            )
        return super().load_model()


def sha256(path: str | Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
