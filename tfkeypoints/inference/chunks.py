"""What a long prediction has found so far, on disk: a killed one is resumed behind its last whole chunk."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from tfkeypoints import files
from tfkeypoints.inference.tracks import FIELDS, Tracks

SIZE = 512
"""Frames of a chunk."""


class Chunks:
    """A folder of chunks of `SIZE` frames, the last one shorter. A block that fails before the first leaves no folder.

    Args:
        folder: Where to keep them. Those that are there are used if they are of the same plan, else removed.
        plan: What the result depends on, for JSON.

    Example:
        with Chunks(out / "unfinished", {"model": digest}) as chunks:
            for begin in range(chunks.frames, count, SIZE):
                chunks.append(find(begin, min(begin + SIZE, count)))
            write_npz(out / "keypoints.npz", labels, chunks, calibration)
            chunks.remove()
    """

    def __init__(self, folder: Path, plan: Mapping):
        self.folder, self.plan = Path(folder), dict(plan)
        self.lengths = []
        plan_file = self.folder / "plan.json"
        if not plan_file.exists() or files.read_json(plan_file) != self.plan:
            self.remove()
            return
        while self._file(len(self)).exists():
            self.lengths.append(0)
            self.lengths[-1] = len(self[-1])

    def __enter__(self) -> "Chunks":
        return self

    def __exit__(self, *_) -> None:
        if not self.lengths:
            self.remove()

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, number: int) -> Tracks:
        with np.load(self._file(range(len(self))[number])) as arrays:
            return Tracks(**{name: arrays[name] for name in FIELDS})

    def __iter__(self) -> Iterator[Tracks]:
        return (self[number] for number in range(len(self)))

    @property
    def frames(self) -> int:
        """How many frames all chunks hold."""
        return sum(self.lengths)

    @property
    def videos(self) -> list[Path]:
        """Where the videos of the chunks are."""
        return [self._file(number).with_suffix(".mp4") for number in range(len(self))]

    @property
    def next_video(self) -> Path:
        """Where the video of the next chunk belongs. It is to be whole before the chunk is appended."""
        return self._file(len(self)).with_suffix(".mp4")

    def append(self, tracks: Tracks) -> None:
        """Writes the next chunk; once this has returned, it is not lost."""
        if not self.lengths:
            files.write_json(self.folder / "plan.json", self.plan)
        with files.whole(self._file(len(self))) as partial:
            np.savez(partial, **{name: getattr(tracks, name) for name in FIELDS})
        self.lengths.append(len(tracks))

    def remove(self) -> None:
        """Removes the folder with all chunks."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.lengths = []

    def _file(self, number):
        return self.folder / f"{number:06d}.npz"
