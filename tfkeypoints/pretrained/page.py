"""A page for the browser with pictures of pretrained models, and the figures of their cards."""

import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tfkeypoints import files

PICTURES = (".png", ".gif")
"""Suffixes of what the page shows; it links to other files."""

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #222; }
img { max-width: 100%; display: block; margin: 1rem 0; }
table { border-collapse: collapse; } td { padding: .1rem 1.5rem .1rem 0; }
code { background: #f2f2f4; padding: .1rem .3rem; }
"""


def write(path: str | Path, shown: Mapping[str, tuple[Mapping[str, Any], Sequence[Path]]]) -> Path:
    """Writes the page.

    Args:
        path: File ending in .html.
        shown: Name to the card of the model, and its pictures and pages, which lie below the page's folder.

    Returns:
        The path.
    """
    path = Path(path)
    parts = [
        _part(name, card, [file.relative_to(path.parent) for file in found]) for name, (card, found) in shown.items()
    ]
    text = (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>tfkeypoints</title><style>{STYLE}</style>\n'
        "<h1>Keypoints without labels</h1>\n"
        "<p>What these models found in images of things that they never saw. A color is the same keypoint "
        "everywhere.</p>\n" + "\n".join(parts) + "</html>\n"
    )
    with files.whole(path) as partial:
        partial.write_text(text, encoding="utf-8")
    return path


def _part(name: str, card: Mapping[str, Any], found: Sequence[Path]) -> str:
    trained = card["metrics"]["trained"]
    numbers = {key: value for key, value in trained.items() if isinstance(value, int | float)}
    rows = "".join(f"<tr><td>{key.replace('_', ' ')}<td>{value:.3g}" for key, value in numbers.items())
    images = [file for file in found if file.suffix in PICTURES]
    pictures = "".join(f'<img src="{file.as_posix()}" alt="{file.stem} of {name}">' for file in images)
    links = "".join(f'<p><a href="{file.as_posix()}">{file.stem}</a>' for file in found if file.suffix not in PICTURES)
    examples = card["data"]["examples"].get(card["metrics"]["split"], 0)
    return (
        f"<h2>{html.escape(name)}</h2>\n<p>{html.escape(card['title'])}, trained by\n"
        f"<p><code>{html.escape(card['commands']['training'])}</code></p>\n{pictures}{links}\n"
        f"<details><summary>Measured on {examples} examples that it never saw</summary>"
        f"<table>{rows}</table></details>\n"
    )
