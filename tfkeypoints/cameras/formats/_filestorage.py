"""OpenCV's FileStorage, which the files of OpenCV, EasyMocap and JARVIS share: YAML of OpenCV 4 and 5, XML and JSON.

A file becomes dicts, lists, numbers and text; a matrix stays the dict rows, cols, dt, data that YAML and JSON have.
"""

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from tfkeypoints.cameras import values
from tfkeypoints.cameras.formats import _yaml
from tfkeypoints.cameras.source import Source

if TYPE_CHECKING:
    from xml.etree import ElementTree


WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')
STRING_OR_COMMENT = re.compile(r'("(?:[^"\\\n]|\\.)*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
NUMBERED = re.compile(r"^(K|R|Rot|T|dist)_\S+:", re.MULTILINE)
"""EasyMocap's keys, which only its YAML has."""
PARTS = {"rows", "cols", "dt", "data"}


def kind(source: Source) -> str | None:
    """Whose keys a file of FileStorage has: "opencv", "easymocap" or "jarvis"; None if it is another file."""
    text = (source.text or "").lstrip()
    if text.startswith("{"):
        stored = '"opencv-matrix"' in text
    else:
        stored = text.startswith("%YAML") or (text.startswith("<") and "<opencv_storage" in text)
    if not stored:
        return None
    if "intrinsicMatrix" in text:
        return "jarvis"
    return "easymocap" if NUMBERED.search(text) else "opencv"


def read_storage(source: Source) -> dict[str, Any]:
    """Parses a file of OpenCV's FileStorage.

    Raises:
        ValueError: If it does not parse, or a key stands in it twice; the message names the file.
    """
    text = (source.text or "").lstrip()
    if text.startswith("{"):
        content = _json(source, text)
    elif text.startswith("<"):
        content = _xml(source)
    else:
        content = _yaml.load(source, text.partition("\n")[2])
    if not isinstance(content, dict):
        raise ValueError(f"{source} should hold named nodes. Received: {values.short(content)}")
    return content


def matrix(where: str, key: str, node: Any) -> Any:
    """The rows of an OpenCV matrix of one channel, as lists of numbers; lists stay as they are."""
    if not isinstance(node, dict):
        return node
    if set(node) - {"type_id"} != PARTS or not re.fullmatch("1?[ucwsifdh]", str(node["dt"])):
        raise ValueError(
            f"{where}: `{key}` should be a matrix with {', '.join(sorted(PARTS))} and one channel. "
            f"Received: {key}={values.short(node)}"
        )
    rows, columns = values.size(where, f"{key}, rows and cols", [node["rows"], node["cols"]])
    data = values.array(where, f"{key}, data", node["data"], (rows * columns,))
    return data.reshape(rows, columns).tolist()


def vector(where: str, key: str, node: Any) -> Any:
    """The numbers of an OpenCV matrix with one row or column as a list; lists stay as they are."""
    rows = matrix(where, key, node)
    if isinstance(node, dict) and 1 in np.shape(rows):
        return np.ravel(rows).tolist()
    return rows


def _json(source: Source, text: str) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = {}
        for key, value in pairs:
            if key in found:
                raise ValueError(f"{source} should hold each key of an object once. Received: `{key}`, again")
            found[key] = value
        return found

    bare = STRING_OR_COMMENT.sub(lambda match: match[1] or "", text)
    try:
        return json.loads(bare, object_pairs_hook=unique)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"{source} should be JSON, but it does not parse: {error}") from error


def _xml(source: Source) -> Any:
    if source.xml is None or source.xml.tag != "opencv_storage":
        raise ValueError(f"{source} should be XML with the root <opencv_storage>. Received: {source.seen()}")
    try:
        return _node(source, source.xml)
    except RecursionError as error:
        raise ValueError(f"{source} should be XML of OpenCV. Received: nodes in nodes without end") from error


def _node(source: Source, element: "ElementTree.Element") -> Any:
    words = [_scalar(*match.groups()) for match in WORD.finditer(element.text or "")]
    children = list(element)
    if any((child.tail or "").strip() for child in children) or (children and words):
        raise ValueError(f"{source} should hold text or nodes. Received: both in <{element.tag}>")
    if element.tag == "data":
        return words
    if not children:
        return words[0] if len(words) == 1 else words
    if all(child.tag == "_" for child in children):
        return [_node(source, child) for child in children]
    found: dict[str, Any] = {}
    for child in children:
        if child.tag in found:
            raise ValueError(f"{source} should hold each node once. Received: <{child.tag}>, again")
        found[child.tag] = _node(source, child)
    return found


def _scalar(quoted: str | None, plain: str | None) -> int | float | str:
    return _yaml.scalar(plain or "") if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
