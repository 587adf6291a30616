"""Ways in which camera files get damaged or rewritten; each takes content and a random generator, and returns content.

Those in KEEPING leave what a file says as it is. Those in NUMBERS put another number, or something else, in the place
of one. `known` are the numbers that `camera_file_slots.places` follows. What cannot be applied returns None.
"""

import re
import struct

import numpy as np
from camera_file_slots import NUMBER

ODD = (
    *("nan", ".nan", "NaN", "inf", "-inf", "1e999", "null", "~", "true", '"1.5"', "'2'", "[1, 2]", "{}", "", "1;5"),
    *("1e", "--1", "٣", "½", "0", "-0.0", "1", "-1", "2", "1e-300", "1e300", "99999999999999999999", "640.5"),
)
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"
BYTES_PER_NUMBER = 8


def truncate(content, rng, known, suffix):
    return content[: rng.integers(len(content))]


def delete_span(content, rng, known, suffix):
    at = rng.integers(len(content))
    return content[:at] + content[at + rng.integers(1, 30) :]


def insert(content, rng, known, suffix):
    at, count = rng.integers(len(content)), rng.integers(1, 6)
    if isinstance(content, bytes):
        return content[:at] + rng.bytes(count) + content[at:]
    signs = [chr(each) for each in (*range(32, 127), 9, 10, 13, 0, 233, 0x4E2D)]
    return content[:at] + "".join(rng.choice(signs, count)) + content[at:]


def replace_one(content, rng, known, suffix):
    at = rng.integers(len(content))
    if isinstance(content, bytes):
        return content[:at] + bytes([rng.integers(256)]) + content[at + 1 :]
    return content[:at] + chr(rng.integers(32, 127)) + content[at + 1 :]


def flip_bit(content, rng, known, suffix):
    if isinstance(content, str):
        return replace_one(content, rng, known, suffix)
    at = rng.integers(len(content))
    return content[:at] + bytes([content[at] ^ (1 << rng.integers(8))]) + content[at + 1 :]


def swap_blocks(content, rng, known, suffix):
    """Two blocks of the size of a number."""
    first, second = sorted(rng.integers(max(1, len(content) - BYTES_PER_NUMBER), size=2))
    if second - first < BYTES_PER_NUMBER:
        return None
    one, other = content[first : first + BYTES_PER_NUMBER], content[second : second + BYTES_PER_NUMBER]
    return content[:first] + other + content[first + 8 : second] + one + content[second + BYTES_PER_NUMBER :]


def zeros(content, rng, known, suffix):
    at, count = rng.integers(len(content)), rng.integers(1, 17)
    blank = b"\0" * count if isinstance(content, bytes) else "0" * count
    return content[:at] + blank + content[at + count :]


def delete_line(content, rng, known, suffix):
    lines = content.split("\n")
    del lines[rng.integers(len(lines))]
    return "\n".join(lines)


def repeat_line(content, rng, known, suffix):
    lines = content.split("\n")
    at = rng.integers(len(lines))
    return "\n".join([*lines[: at + 1], *lines[at:]])


def swap_lines(content, rng, known, suffix):
    lines = content.split("\n")
    first, second = rng.integers(len(lines), size=2)
    lines[first], lines[second] = lines[second], lines[first]
    return "\n".join(lines)


def repeat_lines(content, rng, known, suffix):
    """A block once more at the end: a camera that comes twice."""
    lines = content.split("\n")
    first, last = sorted(rng.integers(len(lines), size=2))
    return "\n".join([*lines, *lines[first : last + 1]])


def typing_error(content, rng, known, suffix):
    """A letter of a word: another, one more, one less, or two swapped."""
    words = list(re.finditer(r"[A-Za-z_]\w+", content, re.ASCII))
    if not words:
        return None
    word = words[rng.integers(len(words))]
    at = rng.integers(*word.span())
    letter = rng.choice(list(LETTERS))
    changes = (letter + content[at + 1 :], letter + content[at:], content[at + 1 :])
    swapped = content[at + 1 : at + 2] + content[at : at + 1] + content[at + 2 :]
    return content[:at] + [*changes, swapped][rng.integers(4)]


def odd_number(content, rng, known, suffix):
    return _with_number(content, rng, lambda text: str(rng.choice(ODD)))


def other_number(content, rng, known, suffix):
    factors = (-1, 0.5, 2, 10, 1e-3, 1e3, 64, 1 / 64, 1e12)
    return _with_number(content, rng, lambda text: repr(float(text) * rng.choice(factors)))


def quoted_number(content, rng, known, suffix):
    return _with_number(content, rng, lambda text: f'"{text}"')


def swap_numbers(content, rng, known, suffix):
    found = list(NUMBER.finditer(content))
    if len(found) < 2:
        return None
    first, second = sorted(rng.integers(len(found), size=2))
    one, other = found[first], found[second]
    if first == second:
        return None
    return content[: one.start()] + other[0] + content[one.end() : other.start()] + one[0] + content[other.end() :]


def transpose(content, rng, known, suffix):
    """The 3 × 3 numbers that follow each other somewhere."""
    found = list(NUMBER.finditer(content))
    if len(found) < 9:
        return None
    at = rng.integers(len(found) - 8)
    nine = found[at : at + 9]
    turned = np.reshape([match[0] for match in nine], (3, 3)).T.ravel()
    pieces, end = [content[: nine[0].start()]], nine[0].start()
    for match, text in zip(nine, turned, strict=True):
        pieces += [content[end : match.start()], str(text)]
        end = match.end()
    return "".join([*pieces, content[end:]])


def with_bom(content, rng, known, suffix):
    return ("\ufeff" + content).encode()


def utf_16(content, rng, known, suffix):
    return content.encode("utf-16")


def windows_lines(content, rng, known, suffix):
    return content.replace("\r\n", "\n").replace("\n", "\r\n").encode()


def _with_number(content, rng, change):
    found = list(NUMBER.finditer(content))
    if not found:
        return None
    match = found[rng.integers(len(found))]
    return content[: match.start()] + change(match[0]) + content[match.end() :]


def as_exponent(content, rng, known, suffix):
    """Writes a number in another way."""
    return _with_known(content, rng, known, suffix, lambda value: f"{value:.16e}")


def comment(content, rng, known, suffix):
    note = {".toml": "# note: [1,\n", ".txt": "# note 3 4\n"}.get(suffix)
    if note is not None and not content.startswith("<"):
        return note + content
    if suffix in (".yml", ".yaml"):
        return f"{content}# note: [1,\n"
    at = content.find("<cameras>") if suffix == ".txt" else content.find("<opencv_storage>") + len("<opencv_storage>")
    return f"{content[:at]}<!-- note: 1 -->{content[at:]}" if content.startswith("<") and at > 0 else None


def nudge(content, rng, known, suffix):
    """Another number that is as good."""
    return _with_known(content, rng, known, suffix, lambda value: repr(float(value * (1 + 1e-4 * rng.uniform(0.1, 1)))))


def _with_known(content, rng, known, suffix, change):
    """Changes one of the numbers that are followed; whole ones are sizes."""
    chosen = [place for place in known if place[2].apply is not None and place[2].value % 1]
    if not chosen or (isinstance(content, bytes) and suffix == ".slp"):
        return None
    start, end, slot = chosen[rng.integers(len(chosen))]
    text = change(slot.value)
    return content[:start] + (struct.pack("<d", float(text)) if isinstance(content, bytes) else text) + content[end:]


ANYTHING = (truncate, delete_span, insert, replace_one, flip_bit, swap_blocks, zeros)
TEXT = (delete_line, repeat_line, swap_lines, repeat_lines, typing_error, typing_error)
NUMBERS = (odd_number, odd_number, other_number, other_number, quoted_number, swap_numbers, swap_numbers, transpose)
KEEPING = (with_bom, utf_16, windows_lines, as_exponent, comment)
TEXTUAL = (*ANYTHING, *TEXT, *NUMBERS, *KEEPING, nudge)
EMBEDDED = tuple(each for each in TEXTUAL if each not in (with_bom, utf_16))
BINARY = (*ANYTHING, flip_bit, flip_bit, replace_one, nudge)
MUST_READ = tuple(each.__name__ for each in (*KEEPING, nudge))
"""Files that say something which can be read."""
