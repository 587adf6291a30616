"""What processes hold in memory, for the benchmarks that run for long."""

import re
from pathlib import Path


def resident(pid):
    """Resident memory of a process in MiB, 0 when it has ended."""
    try:
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except FileNotFoundError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0
