"""How much memory this process may still take."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path("/")
GROUPS = {
    "": ("", "memory.max", "memory.current", "inactive_file"),
    "memory": ("memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
}
"""Where control groups of version 2 and 1 tell their limit, what is taken, and what of it is only cached files."""


def available_memory(root: Path = ROOT) -> int | None:
    """Bytes that can be taken without swapping, of the machine and of the control groups (containers) of this process.

    None where the system does not tell, as outside Linux.

    Args:
        root: Where `proc` and `sys` lie.
    """
    try:
        lines = (root / "proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    free = [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    return min([*free, *_left_to_groups(root)], default=None)


def _left_to_groups(root: Path) -> Iterator[int]:
    """What each control group of this process and those around it have left."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers not in GROUPS:
            continue
        place, limit, usage, cached = GROUPS[controllers]
        top = root / "sys/fs/cgroup" / place
        group = top / path.lstrip("/")
        for folder in (group, *group.parents[: len(group.parents) - len(top.parents)]):
            try:
                most, taken = (int((folder / name).read_text()) for name in (limit, usage))
                kept = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
            except (OSError, ValueError):  # no limit here: the file is missing, or says "max"
                continue
            yield max(0, most - taken + int(kept.get(cached, 0)))
