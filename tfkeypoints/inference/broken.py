"""Telling the user of frames that can't be read while a recording is predicted."""

import sys
from collections import Counter
from collections.abc import Callable, Sequence

from tfkeypoints.data.recordings import Missing, Recording
from tfkeypoints.data.recordings.pairing import NONE

TOLD = 5
"""Frames of a camera that are told one by one."""


class Broken:
    """Counts frames that a camera has, but that can't be read, and tells of the first ones.

    Args:
        recording: Whose frames they are.
        write: What writes a line, as `print` does.
    """

    def __init__(self, recording: Recording, write: Callable):
        self.recording, self.write = recording, write
        self.counts = Counter()

    def tell(self, first: int, frames: Sequence[Sequence]) -> None:
        """Looks for what is missing among some frames, of which `first` is the number of the first."""
        for time, images in enumerate(frames, first):
            for view, image in enumerate(images):
                if isinstance(image, Missing) and self.recording.pairs[time, view] != NONE:
                    self.counts[view] += 1
                    if self.counts[view] <= TOLD:
                        self.write(image.reason, file=sys.stderr)

    def summarize(self) -> None:
        """Tells how many there were of each camera."""
        for view, count in sorted(self.counts.items()):
            self.write(f"`{self.recording.names[view]}` has {count} frames that can't be read: NaN", file=sys.stderr)
