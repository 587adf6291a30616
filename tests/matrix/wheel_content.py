"""Checks that a wheel holds every file that the package needs, and nothing else. `wheel_content.py WHEEL`."""

import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = {"tfkeypoints": "tfkeypoints", "datasets": "tfkeypoints/datasets", "tuning": "tfkeypoints/tuning"}
"""Folder in the tree to where it is installed."""
SUFFIXES = {".py", ".html", ".typed", ".bib", ".txt", ".md", ".json", ".csv", ".keras", ".npz"}
NOT_INSTALLED = {"tuning/README.md"}  # for readers


def wanted() -> set[str]:
    """The places in the wheel of all files that it must hold."""
    found = set()
    for source, place in SOURCES.items():
        for path in (ROOT / source).rglob("*"):
            inside = path.relative_to(ROOT / source)
            needed = path.suffix in SUFFIXES and not {"dummy_data", "__pycache__"} & {*inside.parts}
            if needed and path.relative_to(ROOT).as_posix() not in NOT_INSTALLED:
                found.add(f"{place}/{inside.as_posix()}")
    return found


def main():
    names = set(zipfile.ZipFile(sys.argv[1]).namelist())
    missing = wanted() - names
    foreign = {name for name in names if not name.startswith(("tfkeypoints/", "tfkeypoints-"))}
    if missing or foreign:
        sys.exit(f"The wheel lacks {sorted(missing)}, and holds {sorted(foreign)}, which is not its own")
    print(f"{len(names)} files in the wheel, as in the tree")


if __name__ == "__main__":
    main()
