"""Ends processes, most by SIGKILL, of which they learn nothing."""

import os
import signal
from pathlib import Path


def descendants(process: int) -> dict[int, str]:
    """The processes that a process started, and those started by these, that still run: number to command line."""
    parents, lines = {}, {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            status = (path / "stat").read_text().rpartition(")")[2].split()
            lines[int(path.name)] = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if status[0] != "Z":
            parents[int(path.name)] = int(status[1])
    found, added = set(), {process}
    while added:
        added = {child for child, parent in parents.items() if parent in added} - found
        found |= added
    return {child: lines[child] for child in found}


def workers_of(process: int) -> list[int]:
    """The workers that find keypoints for a command."""
    return [child for child, line in descendants(process).items() if line.startswith("ray::_Worker")]


def kill(process: int) -> None:
    """Kills a process, if it still runs."""
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return


def heed_interruptions() -> None:
    """For `preexec_fn`: what runs in the background, as these tests may, has its processes ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
