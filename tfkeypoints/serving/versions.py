"""NAME/VERSION folders: the newest version is served, and a newer one that is put there takes over."""

import asyncio
import contextlib
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
        folder: NAME/VERSION.
        card: Its model card.
        signatures: Name to a function from arrays to arrays.
        output_shapes: Outputs of the first signature, to their shapes; -1: any size.
    """

    number: int
    folder: Path
    card: Mapping[str, Any]
    signatures: Mapping[str, Callable[[Mapping[str, np.ndarray]], dict[str, np.ndarray]]]
    output_shapes: Mapping[str, list[int]]

    @classmethod
    def load(cls, folder: str | Path) -> "Version":
        """Loads NAME/VERSION."""
        import tensorflow as tf

        card = model_card.read(folder)
        loaded = tf.saved_model.load(str(folder))
        functions = {name: function_of(loaded, name) for name in card["inputs"]}
        outputs = loaded.signatures[next(iter(functions))].structured_outputs
        shapes = {name: [-1 if size is None else size for size in spec.shape] for name, spec in outputs.items()}
        return cls(int(Path(folder).name), Path(folder), card, functions, shapes)


def function_of(loaded: Any, signature: str) -> Callable[[Mapping[str, np.ndarray]], dict[str, np.ndarray]]:
    """A signature of a loaded SavedModel as a function from arrays to arrays."""
    import tensorflow as tf

    function = loaded.signatures[signature]

    def call(inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        # The function lives as long as the model that it belongs to, which `loaded` keeps.
        _ = loaded
        answer = function(**{name: tf.constant(value) for name, value in inputs.items()})
        return {name: value.numpy() for name, value in answer.items()}

    return call


class Versions:
    """The versions of one model; `newest` is the one in use.

    Args:
        folder: NAME, with versions in it.

    Raises:
        ValueError: If the folder has no version that can be loaded.
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        self._broken: dict[Path, int] = {}
        if not self.find():
            raise ValueError(
                "`folder` should hold versions (1, 2, …) made by `tfkeypoints export`, each with saved_model.pb. "
                f"Received: folder={folder}"
            )
        newest = self._load_above(-1)
        if newest is None:
            raise ValueError(f"`folder` should hold a version that can be loaded. Received: folder={folder}")
        self.newest = newest

    def find(self) -> list[Path]:
        """The folders of all versions that are there, oldest first."""
        paths = [path.parent for path in self.folder.glob("*/saved_model.pb") if path.parent.name.isdecimal()]
        return sorted(paths, key=lambda path: int(path.name))

    def refresh(self) -> None:
        """Loads the newest version that can be loaded if it is newer than the one in use."""
        newer = self._load_above(self.newest.number)
        if newer is not None:
            self.newest = newer
            logger.info("Version %d of %s is served now", newer.number, self.folder.name)

    async def watch(self, seconds: float = WATCH_SECONDS) -> None:
        """Refreshes for ever, in a thread, while requests go on being answered by the version that they came to."""
        while True:
            await asyncio.sleep(seconds)
            with contextlib.suppress(FileNotFoundError):  # of a folder that goes away meanwhile
                await asyncio.to_thread(self.refresh)

    def _load_above(self, number: int) -> Version | None:
        """Loads the newest version above a number; broken ones are logged and passed over until they change."""
        for folder in reversed(self.find()):
            if int(folder.name) <= number:
                break
            changed = _last_change(folder)
            if self._broken.get(folder) == changed:
                continue
            try:
                return Version.load(folder)
            except Exception as error:  # whatever is wrong with it, an older version goes on
                self._broken[folder] = changed
                logger.error("Version %s can't be loaded and is not served: %s", folder, error)
        return None


def _last_change(folder: Path) -> int:
    """When a folder, or anything in it, was changed last, in nanoseconds."""
    return max(path.stat().st_mtime_ns for path in (folder, *folder.rglob("*")))
