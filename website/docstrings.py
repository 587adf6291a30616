"""Docstrings as this library writes them, in the words of griffe's Google style: sections, remarks and formulas."""

import re
import textwrap

import griffe

SECTIONS = {
    "Call arguments:": "Other parameters: Call arguments",
    "Class attribute:": "Attributes: Class attributes",
    "Class attributes:": "Attributes: Class attributes",
    "Example:": "Examples: Example",
}
"""Titles of sections to griffe's, with the title to show."""

REMARK = re.compile(r"(Args and Raises|Call arguments and Returns|Convention|Note|Reference): (?=\S)")
FORMULA = re.compile(r" (=|~|->) ")


class Docstrings(griffe.Extension):
    """Rewrites every docstring before it is parsed."""

    def on_object(self, *, obj, loader, **kwargs):
        if obj.docstring and not obj.is_alias:
            obj.docstring.value = rewritten(obj.docstring.value)


def rewritten(text: str) -> str:
    """The docstring with sections that griffe knows, remarks as paragraphs of their own, and formulas as code."""
    return "\n\n".join(as_code(block) if is_formula(block) else separated(block) for block in text.split("\n\n"))


def is_formula(block: str) -> bool:
    """Whether a block between empty lines is a formula: each line relates something, and it is no sentence."""
    lines = block.splitlines()
    return all(FORMULA.search(line) and not line.startswith((" ", ">")) for line in lines) and block[-1:] != "."


def as_code(block: str) -> str:
    """The block as Markdown's indented code."""
    return "\n".join(f"    {line}" for line in block.splitlines())


def separated(block: str) -> str:
    """The block with its remarks (`Note: ...`) in bold and apart, and its section under the title that griffe knows."""
    title, _, body = block.partition("\n")
    if title == "Example:" and not body.lstrip().startswith(">>>"):
        return f"{SECTIONS[title]}\n" + textwrap.indent(f"```\n{textwrap.dedent(body)}\n```", "    ")
    lines, remark = [], False
    for line in block.splitlines():
        if REMARK.match(line):
            lines += ["", REMARK.sub(r"**\1:** ", line, count=1)]
            remark = True
        else:
            remark = remark and line.startswith(" ")
            lines.append(line.strip() if remark else SECTIONS.get(line, line))
    return "\n".join(lines).strip("\n")
