"""What processes hold in memory, for the benchmarks that run for long."""

import re
from pathlib import Path


def resident(pid):
    """Resident memory of a process in MiB, 0 when it has ended."""
    return _status(pid, "VmRSS")


def peak(pid):
    """The most that was resident since the process began to run its program, in MiB; 0 when it has ended."""
    return _status(pid, "VmHWM")


def _status(pid, name):
    try:
        found = re.search(rf"{name}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except FileNotFoundError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0
