"""What the Markdown pages of the tree hold: blocks of code, command lines, links, headings."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATTERNS = (
    *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/**/*.md", "datasets/*/README.md", "tuning/README.md"),
    "tfkeypoints/pretrained/*/README.md",
)
PAGES = [path.relative_to(ROOT).as_posix() for pattern in PATTERNS for path in sorted(ROOT.glob(pattern))]
SHELLS = ("sh", "bash", "console")
INDENTED = "indented"
"""The language of a block that four blanks set off; in these pages commands, or what they print."""

FENCE = re.compile(r"^ *```(\w*)$")


@dataclass(frozen=True)
class Block:
    """Code in a page: its first line's number from 1, its language, its text."""

    line: int
    language: str
    code: str


def read(page: str) -> str:
    """The text of a page."""
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str) -> list[Block]:
    """All blocks of code, in order."""
    found, code, language, start, blank = [], [], None, 0, True
    for number, line in enumerate([*read(page).splitlines(), ""], 1):
        fence = FENCE.match(line)
        if language not in (None, INDENTED):
            if fence:
                found.append(Block(start, language, "\n".join(code) + "\n"))
                code, language = [], None
            else:
                code.append(line)
        elif language == INDENTED and (line.startswith("    ") or not line):
            code.append(line[4:])
        else:
            if language == INDENTED:
                found.append(Block(start, INDENTED, "\n".join(code).rstrip("\n") + "\n"))
                code, language = [], None
            if fence:
                language, start = fence[1] or "text", number + 1
            elif blank and line.startswith("    "):
                code, language, start = [line[4:]], INDENTED, number
        blank = not line
    if language == INDENTED:
        found.append(Block(start, INDENTED, "\n".join(code).rstrip("\n") + "\n"))
    assert language in (None, INDENTED), f"{page}: a block that is opened in line {start} is not closed"
    return found


def prose(page: str) -> str:
    """The page without its blocks of code; lines keep their numbers."""
    lines = read(page).splitlines()
    for block in blocks(page):
        for index in range(block.line - 1, block.line - 1 + block.code.count("\n")):
            lines[index] = ""
    return "\n".join(lines)


def commands(page: str, program: str) -> list[tuple[int, list[str]]]:
    """Line and words of each call of a program in the page's shell blocks, without the program's name."""
    found = []
    for block in blocks(page):
        if block.language not in (*SHELLS, INDENTED):
            continue
        line = block.line
        for text in re.split(r"(?<!\\)\n", block.code):
            found += [(line, words) for words in calls(text, program)]
            line += text.count("\n") + 1
    return found


def calls(text: str, program: str) -> list[list[str]]:
    """The words after a program's name, of each call of it in one line of a shell."""
    if program not in text:
        return []
    lexer = shlex.shlex(text.replace("\\\n", " "), posix=True, punctuation_chars="&|;<>")
    lexer.whitespace_split, lexer.commenters = True, "#"
    calls, words = [], []
    for word in [*lexer, ";"]:
        if set(word) <= set("&|;<>"):
            calls.append(words)
            words = []
        else:
            words.append(word)
    calls = [words[1:] if words[:1] == ["$"] else words for words in calls]  # a prompt
    return [words[1:] for words in calls if words[:1] == [program]]


def calls_of(code: str, program: str) -> list[list[str]]:
    """The words after a program's name, of each call of it in lines of a shell."""
    return [words for text in re.split(r"(?<!\\)\n", code) for words in calls(text, program)]


def spans(page: str) -> list[tuple[int, str]]:
    """Line and text of each piece of code within the prose."""
    text = prose(page)
    found = re.finditer(r"(?<!`)`([^`]+)`(?!`)", text)
    return [(text.count("\n", 0, each.start()) + 1, " ".join(each[1].split())) for each in found]


def links(page: str) -> list[tuple[int, str]]:
    """Line and target of each link and picture."""
    text = prose(page)
    return [(text.count("\n", 0, each.start()) + 1, each[1]) for each in re.finditer(r"\]\(([^()\s]+)\)", text)]


def anchors(page: str) -> set[str]:
    """What `#…` may say of a page: its headings as repository pages and the site write them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
