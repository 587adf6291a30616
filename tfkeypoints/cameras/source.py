"""A file or folder that may hold cameras, read in the ways in which camera files are written."""

import codecs
import functools
import json
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ENCODINGS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks and what they say; UTF-32's begins with that of UTF-16."""
BEGINNINGS = {"{": "JSON", "[": "TOML", "<": "XML"}
"""What a text may be that begins so."""
HEAD = 4096
"""Bytes from which a binary file is told from a text."""


class Source:
    """A file or folder; everything is read when asked for, and once.

    Args:
        path: Where it is.

    Raises:
        ValueError: If there is nothing.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        if not self.path.exists():
            raise ValueError(f"`cameras` should be a file or folder with cameras. Received: cameras={self.path}")
        self.is_folder = self.path.is_dir()
        self._problems: dict[str, Exception] = {}

    def __str__(self) -> str:
        return str(self.path)

    @functools.cached_property
    def files(self) -> list["Source"]:
        """The files of a folder, without hidden ones; numbers in names count as numbers."""
        if not self.is_folder:
            return []
        paths = [path for path in self.path.iterdir() if path.is_file() and not path.name.startswith(".")]
        return [Source(path) for path in sorted(paths, key=lambda path: natural(path.name))]

    @functools.cached_property
    def head(self) -> bytes:
        """The first bytes of a file."""
        if self.is_folder:
            return b""
        with open(self.path, "rb") as file:
            return file.read(HEAD)

    @functools.cached_property
    def data(self) -> bytes:
        """All bytes of a file; none of a folder."""
        return b"" if self.is_folder else self.path.read_bytes()

    @functools.cached_property
    def text(self) -> str | None:
        """The text without its byte order mark; None of a folder, and of what is no text in UTF-8 or UTF-16."""
        encoding = next((name for mark, name in ENCODINGS if self.head.startswith(mark)), None)
        if self.is_folder or (encoding is None and b"\0" in self.head):
            return None
        try:
            return self.data.decode(encoding or "utf-8").replace("\r\n", "\n")
        except UnicodeDecodeError:
            return None

    @functools.cached_property
    def json(self) -> Any:
        """The JSON of a file; None if it is none.

        Raises:
            ValueError: If an object holds a key twice, of which readers of JSON keep one without a word.
        """
        repeated: list[str] = []

        def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
            found = dict(pairs)
            if len(found) < len(pairs):
                keys = [key for key, _ in pairs]
                repeated.append(next(key for key in keys if keys.count(key) > 1))
            return found

        found = self._parsed("JSON", "{[", lambda text: json.loads(text, object_pairs_hook=once))
        if repeated:
            raise ValueError(f"{self} should hold each key of an object once. Received: `{repeated[0]}`, again")
        return found

    @functools.cached_property
    def toml(self) -> dict[str, Any] | None:
        """The TOML of a file; None if it is none."""
        return self._parsed("TOML", None, tomllib.loads)

    @functools.cached_property
    def xml(self) -> ElementTree.Element | None:
        """The root of an XML file; None if it is none. Files that define entities are not read."""
        if self.text is not None and "<!ENTITY" in self.text:
            return None
        return self._parsed("XML", "<", lambda text: ElementTree.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text)))

    def _parsed(self, kind: str, beginnings: Sequence[str] | None, parser: Callable[[str], Any]) -> Any:
        """What the parser makes of a text that begins as one of its kind; None, and why, if it makes nothing of it."""
        if self.text is None or (beginnings and not self.text.lstrip().startswith(tuple(beginnings))):
            return None
        try:
            return parser(self.text)
        except (ValueError, RecursionError, ElementTree.ParseError) as error:
            self._problems[kind] = error
            return None

    def seen(self) -> str:
        """What the file or folder looks like, for a message."""
        if self.is_folder:
            names = [source.path.name for source in self.files]
            return f"a folder with {', '.join(names[:8]) or 'no files'}{' …' if len(names) > 8 else ''}"
        if self.text is None:
            return "a binary file" if b"\0" in self.head else "a text that is neither UTF-8 nor UTF-16"
        if not self.text.strip():
            return "an empty file"
        for kind in ("json", "toml", "xml"):
            if (found := getattr(self, kind)) is not None:
                keys = [*found][:8] if isinstance(found, dict) else [found.tag] if kind == "xml" else []
                return f"{kind.upper()} {'with ' + ', '.join(keys) if keys else 'without keys'}"
        suffix = self.path.suffix[1:].upper()
        meant = suffix if suffix in self._problems else BEGINNINGS.get(self.text.lstrip()[0])
        if meant in self._problems:
            return f"{meant} that does not parse ({self._problems[meant]})"
        return f"a text that begins with {self.text.strip().splitlines()[0][:60]!r}"


def natural(name: str) -> list:
    """A key for sorting by which numbers within names count as numbers."""
    return [
        (not part.isdecimal(), int(part) if part.isdecimal() else part) for part in re.split(r"(\d+)", name) if part
    ]
