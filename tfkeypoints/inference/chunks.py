"""What a long prediction has found so far, on disk: a killed one is resumed, and whole chunks are not found again."""

import dataclasses
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tfkeypoints import files
from tfkeypoints.inference.tracks import Tracks, joined

if TYPE_CHECKING:
    from tfkeypoints.inference.detections import Detections


SIZE = 512
"""Frames of a chunk; a part of it where workers share few frames."""
SHARES = 4
"""Chunks that each worker finds, where there are few frames."""


class Chunks:
    """A folder of chunks of `size` frames, the last one shorter, which may be written in any order by any process.

    As a context, it leaves no folder behind where nothing was written.

    Args:
        folder: Where to keep them. Those that are there are used if they are of the same plan, else removed.
        plan: What the result depends on, for JSON.
        count: Number T of frames.
        kind: Dataclass of arrays, T in front.
        size: Frames of a chunk, where none is kept yet; `SIZE` by default.

    Example:
        with Chunks(out / "unfinished", {"model": digest}, 1000) as chunks:
            for number in chunks.missing:
                chunks.write(number, find(chunks.frames_of(number)))
            write_npz(out / "keypoints.npz", labels, chunks, calibration)
            chunks.remove()
    """

    def __init__(self, folder: Path, plan: Mapping, count: int, kind: type = Tracks, size: int | None = None):
        self.folder, self.count, self.kind = Path(folder), count, kind
        self.plan, self.size = dict(plan), size or SIZE
        kept = self._kept_plan()
        if kept is not None and {**kept, "size": None} == {**self.plan, "size": None}:
            self.size = kept["size"]
        else:
            self.remove()

    def __enter__(self) -> "Chunks":
        return self

    def __exit__(self, *_: object) -> None:
        if len(self.missing) == len(self):
            self.remove()

    def __len__(self) -> int:
        return -(-self.count // self.size)

    def __getitem__(self, number: int) -> Any:
        with np.load(self._file(range(len(self))[number])) as arrays:
            return self.kind(**{field.name: arrays[field.name] for field in dataclasses.fields(self.kind)})

    def __iter__(self) -> Iterator:
        """What all chunks hold, in parts of `SIZE` frames whatever the size of chunks: sums then come out the same."""
        together = max(1, SIZE // self.size)
        for first in range(0, len(self), together):
            yield joined([self[number] for number in range(first, min(first + together, len(self)))])

    @property
    def missing(self) -> list[int]:
        """The numbers of the chunks that are not there yet."""
        there = {path.name for path in self.folder.glob("*.npz")} if self.folder.is_dir() else set()
        return [number for number in range(len(self)) if self._file(number).name not in there]

    @property
    def frames(self) -> int:
        """How many frames all chunks hold that are there."""
        return self.count - sum(len(self.frames_of(number)) for number in self.missing)

    def frames_of(self, number: int) -> range:
        """The numbers of a chunk's frames."""
        return range(number * self.size, min((number + 1) * self.size, self.count))

    def video(self, number: int) -> Path:
        """Where the video of a chunk belongs. It is to be whole before the chunk is written."""
        return self._file(number).with_suffix(".mp4")

    def write(self, number: int, found: "Tracks | Detections") -> None:
        """Writes a chunk; once this has returned, it is not lost.

        Raises:
            ValueError: If the folder was taken by another prediction meanwhile.
        """
        kept = self._kept_plan()
        if kept is None:
            files.write_json(self._plan_file, {**self.plan, "size": self.size})
        elif kept != {**self.plan, "size": self.size}:
            raise ValueError(f"`out` should be written by one prediction at a time. Received: {self.folder.parent}")
        with files.whole(self._file(number)) as partial:
            np.savez(partial, **{field.name: getattr(found, field.name) for field in dataclasses.fields(self.kind)})

    def remove(self) -> None:
        """Removes the folder with all chunks."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def _plan_file(self) -> Path:
        return self.folder / "plan.json"

    def _kept_plan(self) -> dict[str, Any] | None:
        return files.read_json(self._plan_file) if self._plan_file.exists() else None

    def _file(self, number: int) -> Path:
        return self.folder / f"{number:06d}.npz"


def shared_size(count: int, workers: int | None, least: int) -> int:
    """Frames of a chunk for so many workers: `SIZE`, or a part of it, so that each of them has `SHARES` chunks.

    Args:
        count: Number of frames.
        workers: None, where one process finds all.
        least: Frames of a chunk at the least.
    """
    size = SIZE
    while workers is not None and size % 2 == 0 and size // 2 >= least and size * SHARES * workers > count:
        size //= 2
    return size
