"""What stands in for a frame that is not there."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Missing:
    """A frame that a camera lacks, or that can't be read; `reason` is a sentence for the user."""

    reason: str
