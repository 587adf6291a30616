"""Which sub-folder or video belongs to which camera."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from tfkeypoints.data.recordings.names import natural


def matched(
    entries: Collection[str], names: Sequence[str], pairs: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """Finds each camera's own by its name; order alone is never taken for a reason.

    What is called like a camera is its own. For the rest, names count that hold a camera's name as a whole word, such
    as `trial_2_cam1` for `cam1`, if that makes pairs of one camera and one name throughout.

    Args:
        entries: Names of sub-folders and videos (without suffix).
        names: The cameras.
        pairs: What the user says: camera to entry.

    Returns:
        Camera to entry, and remarks on what was not called like its camera. A camera for which nothing is left gets
        its own name, which does not exist.

    Raises:
        ValueError: If `pairs` names what is not there, or entries are left that could be a camera's, but no name
            tells. The message lists both, and the option that settles it.

    Example:
        >>> matched(["a_left", "a_right"], ["right", "left"], {})[0]
        {'right': 'a_right', 'left': 'a_left'}
    """
    wrong = sorted(set(pairs) - set(names)), sorted(set(pairs.values()) - set(entries))
    if any(wrong) or len(set(pairs.values())) < len(pairs):
        raise ValueError(
            f"`pair` should name cameras, of {', '.join(names)}, with a sub-folder or video each, of "
            f"{_listed(entries)}. Received: {' '.join(f'{name}={entry}' for name, entry in pairs.items())}"
        )
    found = dict(pairs) | {name: name for name in names if name in entries and name not in pairs}
    left = [name for name in names if name not in found]
    free = sorted(set(entries) - set(found.values()), key=natural)
    remarks = []
    if left and free:
        holding = {name: [entry for entry in free if _holds(entry, name)] for name in left}
        chosen = [entries[0] for entries in holding.values() if len(entries) == 1]
        if len(chosen) < len(left) or len(set(chosen)) < len(chosen):
            raise ValueError(_message(names, left, free))
        found |= dict(zip(left, chosen, strict=True))
        remarks = [
            f"`{name}` is taken from {entry}, whose name holds the camera's"
            for name, entry in found.items()
            if name in left
        ]
    return {name: found.get(name, name) for name in names}, remarks


def pairs_of(words: Iterable[str]) -> dict[str, str]:
    """Reads `CAMERA=NAME` words into a dict.

    Raises:
        ValueError: If one has no `=`, or a camera is named twice.
    """
    pairs = {}
    for word in words:
        name, _, entry = word.partition("=")
        if not name or not entry or name in pairs:
            raise ValueError(f"`pair` should be CAMERA=NAME, once a camera. Received: {' '.join(words)}")
        pairs[name] = entry
    return pairs


def offsets_of(words: Iterable[str]) -> dict[str, int]:
    """Reads `CAMERA=FRAMES` words into a dict of whole numbers.

    Raises:
        ValueError: If one has no number, or a camera is named twice.
    """
    offsets = {}
    for word in words:
        name, _, frames = word.rpartition("=")
        if not name or name in offsets or not frames.removeprefix("-").isdecimal():
            raise ValueError(f"`offset` should be CAMERA=FRAMES, once a camera. Received: {' '.join(words)}")
        offsets[name] = int(frames)
    return offsets


def _holds(entry: str, name: str) -> bool:
    """Whether a name holds another as a whole word: neither letters nor digits go on where it ends."""
    before = r"(?<![^\W\d_])" if name[0].isalpha() else r"(?<!\d)"
    after = r"(?![^\W\d_])" if name[-1].isalpha() else r"(?!\d)"
    return re.search(before + re.escape(name) + after, entry, re.IGNORECASE) is not None


def _message(names: Sequence[str], left: Sequence[str], free: Sequence[str]) -> str:
    in_order = " ".join(f"--pair {name}={entry}" for name, entry in zip(left, free, strict=False))
    settle = (
        f"If they go together in this order, say so: {in_order}"
        if len(left) == len(free)
        else "Say which is whose: --pair CAMERA=NAME, once a camera"
    )
    return (
        f"`images` should hold, for each camera, a sub-folder or video of its name. No name tells whose these are: "
        f"{_listed(free)}. {settle}. Received: cameras {', '.join(left)}"
        + (f" (of {', '.join(names)})" if len(left) < len(names) else "")
    )


def _listed(entries: Iterable[str]) -> str:
    return ", ".join(sorted(entries, key=natural)) or "nothing"
