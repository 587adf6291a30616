"""NAME/VERSION folders: the newest version is served, and a newer one that is put there takes over."""

import asyncio
import dataclasses
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tfkeypoints.serving import card as model_card

WATCH_SECONDS = 2.0
logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Version:
    """One exported model in memory.

    Attributes:
        number: Its version.
        card: Its model card.
        signatures: Name to a function from arrays to arrays.
    """

    number: int
    card: Mapping[str, Any]
    signatures: Mapping[str, Callable[[Mapping[str, np.ndarray]], dict[str, np.ndarray]]]

    @classmethod
    def load(cls, folder: str | Path) -> "Version":
        """Loads NAME/VERSION."""
        import tensorflow as tf

        card = model_card.read(folder)
        loaded = tf.saved_model.load(str(folder))

        def as_arrays(function):
            def call(inputs):
                # The function lives as long as the model that it belongs to, which `loaded` keeps.
                _ = loaded
                answer = function(**{name: tf.constant(value) for name, value in inputs.items()})
                return {name: value.numpy() for name, value in answer.items()}

            return call

        functions = {name: as_arrays(loaded.signatures[name]) for name in card["inputs"]}
        return cls(int(Path(folder).name), card, functions)


class Versions:
    """The versions of one model; `newest` is the one in use.

    Args:
        folder: NAME, with versions in it.

    Raises:
        ValueError: If the folder has no version.
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        found = self.find()
        if not found:
            raise ValueError(
                "`folder` should hold versions (1, 2, …) made by `tfkeypoints export`, each with saved_model.pb. "
                f"Received: folder={folder}"
            )
        self.newest = Version.load(found[-1])

    def find(self) -> list[Path]:
        """The folders of all versions that are there, oldest first."""
        paths = [path.parent for path in self.folder.glob("*/saved_model.pb") if path.parent.name.isdecimal()]
        return sorted(paths, key=lambda path: int(path.name))

    def refresh(self) -> None:
        """Loads the newest version if it is newer than the one in use; a broken one is logged and passed over."""
        found = self.find()
        if found and int(found[-1].name) > self.newest.number:
            try:
                self.newest = Version.load(found[-1])
            except Exception as error:  # whatever is wrong with it, the present version goes on
                logger.error("Version %s can't be loaded and is not served: %s", found[-1], error)
            else:
                logger.info("Version %d of %s is served now", self.newest.number, self.folder.name)

    async def watch(self, seconds: float = WATCH_SECONDS) -> None:
        """Refreshes for ever, in a thread, while requests go on being answered by the version that they came to."""
        while True:
            await asyncio.sleep(seconds)
            await asyncio.to_thread(self.refresh)
