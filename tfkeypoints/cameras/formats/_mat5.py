"""MATLAB's files of versions 5 to 7: numbers, texts, cells and structs. A few hundred bytes of a rig need no SciPy.

SciPy's reader ends the process on some damaged files; this one raises a ValueError.

Reference: The MathWorks, "MAT-File Format", version 5.
"""

import math
import struct
import zlib
from collections.abc import Collection
from typing import Any, Literal

import numpy as np
from numpy.typing import DTypeLike

HEADER = 128
ORDERS: dict[bytes, Literal["<", ">"]] = {b"IM": "<", b"MI": ">"}
LARGEST = 2**26
"""Bytes of one variable that are unpacked at most: a rig has thousands."""
NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
"""How an element stores numbers, by its type."""
CLASSES = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8", 15: "u8"}
"""What an array holds, by its class; MATLAB stores whole numbers in fewer bytes."""
TEXTS = {1: "latin-1", 2: "latin-1", 4: "utf-16", 16: "utf-8", 17: "utf-16", 18: "utf-32"}
MATRIX, COMPRESSED = 14, 15
CELL, STRUCT, CHAR = 1, 2, 4
COMPLEX = 0x800


def read(data: bytes, names: Collection[str]) -> dict[str, Any]:
    """Reads those of the variables that are there.

    Returns:
        Name to number, text, or lists of them (rows of an array; axes of length 1 are left out); a cell is a list, a
        struct a dict, an array of structs a list of dicts.

    Raises:
        ValueError: If the bytes are no whole file, or a variable is of another class.
    """
    if len(data) < HEADER or data[HEADER - 2 : HEADER] not in ORDERS:
        raise ValueError("its header is not that of MATLAB 5")
    elements = _Elements(data[HEADER:], ORDERS[data[HEADER - 2 : HEADER]])
    found = {}
    while elements.data:
        kind, content = elements.take()
        if kind == COMPRESSED:
            kind, content = _unpacked(content, elements.order, names)
        elif kind != MATRIX:
            raise ValueError(f"it holds an element of type {kind} where a variable should be")
        if kind == MATRIX and content:
            name, value = _array(_Elements(content, elements.order), names)
            if name in found:
                raise ValueError(f"it holds `{name}` twice")
            if name in names:
                found[name] = value
    return found


class _Elements:
    """Elements that follow each other: a type, a number of bytes, the bytes."""

    def __init__(self, data: bytes, order: Literal["<", ">"]) -> None:
        self.data, self.order = data, order

    def take(self) -> tuple[int, bytes]:
        """The next element's type and bytes; within arrays elements begin at multiples of 8 bytes."""
        if len(self.data) < 8:
            raise ValueError("it is cut off")
        kind, size = struct.unpack_from(f"{self.order}II", self.data)
        start = 8
        if kind >> 16:  # a small element: both numbers and up to 4 bytes in 8
            kind, size, start = kind & 0xFFFF, kind >> 16, 4
            if size > 4:
                raise ValueError("it holds a small element of more than 4 bytes")
        end = start + size
        if end > len(self.data):
            raise ValueError("it is cut off")
        content, padding = self.data[start:end], 0 if kind == COMPRESSED else -end % 8
        self.data = self.data[end + padding :]
        return kind, content

    def numbers(self, kinds: set[int], dtype: DTypeLike | None = None) -> np.ndarray:
        """The next element's numbers."""
        kind, content = self.take()
        stored = np.dtype(NUMBERS.get(kind, "V1")).newbyteorder(self.order)
        if kind not in kinds or len(content) % stored.itemsize:
            raise ValueError(f"it holds an element of type {kind} where it should not")
        return np.frombuffer(content, stored).astype(dtype or stored.newbyteorder("="))


def _unpacked(content: bytes, order: Literal["<", ">"], names: Collection[str]) -> tuple[int, bytes]:
    """A compressed element; only its beginning where it is none of those that are asked for."""
    try:
        beginning = zlib.decompressobj().decompress(content, 1024)
        if not any(name.encode() in beginning for name in names):
            return COMPRESSED, b""
        unpacking = zlib.decompressobj()
        whole = unpacking.decompress(content, LARGEST)
    except zlib.error as error:
        raise ValueError(f"it does not unpack: {error}") from error
    if unpacking.unconsumed_tail or not unpacking.eof:
        raise ValueError("it is cut off, or larger than a rig")
    return _Elements(whole, order).take()


def _array(elements: _Elements, names: Collection[str] | None = None, place: str = "") -> tuple[str, Any]:
    """The next array's name (or its place in another one) and value; None of one that is not asked for."""
    flags = elements.numbers({6})
    if len(flags) != 2:
        raise ValueError("an array has no flags")
    kind, shape = int(flags[0]) & 0xFF, elements.numbers({5})
    name = bytes(elements.numbers({1}, np.uint8)).decode("latin-1") or place
    if names is not None and name not in names:
        return name, None
    if len(shape) < 2 or (shape < 0).any() or math.prod(shape.tolist()) > LARGEST:
        raise ValueError(f"`{name}` has the shape {shape.tolist()}")
    count = math.prod(shape.tolist())
    if kind in CLASSES:
        return name, _numbers(elements, name, kind, bool(flags[0] & COMPLEX), shape)
    if kind == CHAR:
        return name, _text(elements, name, count)
    if kind == CELL:
        return name, [_array(_matrix(elements, name), place=name)[1] for _ in range(count)]
    if kind == STRUCT:
        return name, _structs(elements, name, count)
    raise ValueError(f"`{name}` is of class {kind}, and no array of numbers, text, cell or struct")


def _matrix(elements: _Elements, name: str) -> _Elements:
    kind, content = elements.take()
    if kind != MATRIX or not content:
        raise ValueError(f"`{name}` should hold arrays")
    return _Elements(content, elements.order)


def _numbers(elements: _Elements, name: str, kind: int, is_complex: bool, shape: np.ndarray) -> list[Any]:
    whole = {stored for stored, dtype in NUMBERS.items() if dtype[0] in "iu" and dtype[1] != "8"}
    own = {stored for stored, dtype in NUMBERS.items() if dtype == CLASSES[kind]}
    values = elements.numbers(whole | own, CLASSES[kind])
    if is_complex or len(values) != math.prod(shape.tolist()):
        raise ValueError(f"`{name}` should hold {' × '.join(map(str, shape))} real numbers")
    return np.squeeze(values.reshape(shape, order="F")).tolist()


def _text(elements: _Elements, name: str, count: int) -> str:
    kind, content = elements.take()
    encoding = TEXTS.get(kind)
    if encoding is None:
        raise ValueError(f"`{name}` holds text of type {kind}")
    if encoding.endswith(("16", "32")):
        encoding += "-le" if elements.order == "<" else "-be"
    text = content.decode(encoding)
    if len(text) != count:
        raise ValueError(f"`{name}` should hold {count} letters")
    return text


def _structs(elements: _Elements, name: str, count: int) -> dict[str, Any] | list[dict[str, Any]]:
    (length,) = elements.numbers({5}).tolist() or [0]
    names = bytes(elements.numbers({1}, np.uint8))
    if length <= 0 or len(names) % length:
        raise ValueError(f"`{name}` should be a struct with names of {length} letters")
    keys = [names[at : at + length].split(b"\0")[0].decode("latin-1") for at in range(0, len(names), length)]
    if not keys or len(set(keys)) < len(keys):
        raise ValueError(f"`{name}` should be a struct with different names. Received: {', '.join(keys)}")
    records = [{key: _array(_matrix(elements, key), place=f"{name}.{key}")[1] for key in keys} for _ in range(count)]
    return records[0] if count == 1 else records
