"""What can be said of a recording's frames, in the same words in every command."""

import dataclasses
from typing import Annotated, Any

import tyro

from tfkeypoints.data.recordings.images import check_bits
from tfkeypoints.data.recordings.matching import offsets_of, pairs_of


@dataclasses.dataclass(frozen=True, kw_only=True)
class RecordingOptions:
    """Which frames are whose, and when they were taken.

    Example:
        >>> RecordingOptions(pair=("left=GX010",), offset=("left=5",)).reading()
        {'offsets': {'left': 5}, 'bits': None, 'pairs': {'left': 'GX010'}}
    """

    pair: Annotated[tyro.conf.UseAppendAction[tuple[str, ...]], tyro.conf.arg(metavar="CAMERA=NAME")] = ()
    """A camera of a recording and its sub-folder or video, where that is not called like the camera."""
    offset: Annotated[tyro.conf.UseAppendAction[tuple[str, ...]], tyro.conf.arg(metavar="CAMERA=FRAMES")] = ()
    """A camera of a recording that started later than the others, and by how many of its frames."""
    bits: int | None = None
    """Of 16-bit grey images, the bits that are used; by default 12 or 16, whichever fits."""

    def reading(self) -> dict[str, Any]:
        """The arguments of `find_recording` that they stand for.

        Raises:
            ValueError: If one makes no sense.
        """
        check_bits(self.bits)
        return {"offsets": offsets_of(self.offset), "bits": self.bits, "pairs": pairs_of(self.pair)}

    def said(self) -> dict[str, Any]:
        """Those that say something, as options of the data set `recordings`."""
        options = {name: getattr(self, name) for name in ("pair", "offset", "bits")}
        return {name: value for name, value in options.items() if value not in ((), None)}
