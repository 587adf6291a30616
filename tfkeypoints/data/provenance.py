"""Which files a data set was made of, and what has become of them since. NumPy-free, and knows no data set."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

File = Mapping[str, str | int]

TOLD = 5
"""Files of a kind that are named one by one."""


def fingerprint(paths: Iterable[Path], root: Path, known: Sequence[File] = ()) -> list[dict[str, str | int]]:
    """Describes files by what they hold, for JSON.

    Args:
        paths: The files.
        root: Folder from which they are named; what lies outside is named by its whole path.
        known: An earlier fingerprint. A file of the same name, size and time of change is not read again.

    Returns:
        A dict a file, in the order of the names: `name`, `size` in bytes, `modified` in nanoseconds, `sha256`.
    """
    before = {(each["name"], each["size"], each["modified"]): each["sha256"] for each in known}
    described: list[dict[str, str | int]] = []
    for path in sorted(set(map(Path, paths))):
        stat = path.stat()
        name = str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
        key = name, stat.st_size, stat.st_mtime_ns
        content = before.get(key) or _sha256(path)
        described.append({"name": name, "size": stat.st_size, "modified": stat.st_mtime_ns, "sha256": content})
    return described


def digest(files: Sequence[File]) -> str:
    """One word for the names and contents of files, whenever they were written."""
    lines = "".join(f"{each['name']}\0{each['sha256']}\n" for each in files)
    return hashlib.sha256(lines.encode()).hexdigest()[:16]


def changes(before: Sequence[File], after: Sequence[File]) -> list[str]:
    """Says in which files two fingerprints differ; an empty list if in none.

    Example:
        >>> changes([{"name": "a", "sha256": "1"}], [{"name": "a", "sha256": "2"}, {"name": "b", "sha256": "1"}])
        ['1 file added: b', '1 file with other content: a']
    """
    old, new = ({str(each["name"]): each["sha256"] for each in files} for files in (before, after))
    kinds = {
        "added": [name for name in new if name not in old],
        "removed": [name for name in old if name not in new],
        "with other content": [name for name in new if name in old and old[name] != new[name]],
    }
    return [_sentence(kind, names) for kind, names in kinds.items() if names]


def _sentence(kind: str, names: Sequence[str]) -> str:
    rest = " …" if len(names) > TOLD else ""
    return f"{len(names)} file{'s' * (len(names) > 1)} {kind}: {', '.join(names[:TOLD])}{rest}"


def _sha256(path: str | Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() if hasattr(hashlib, "file_digest") else _by_parts(file)


def _by_parts(file: BinaryIO) -> str:
    """The same on Python 3.10."""
    content = hashlib.sha256()
    while part := file.read(1 << 20):
        content.update(part)
    return content.hexdigest()
