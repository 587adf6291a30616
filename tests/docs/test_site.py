"""The documentation site: what docstrings become, that it is whole, and that a dead link is refused."""

import ast
import shutil
import subprocess
import sys
import zlib

import pytest

pytest.importorskip("mkdocs", reason="mkdocs is not installed (extra `docs`)")

from tests.docs import pages

FOLDERS = ("tfkeypoints", "datasets", "tuning", "docs", "examples", "website")


@pytest.fixture
def docstrings(monkeypatch):
    """The module of the site that rewrites docstrings."""
    monkeypatch.syspath_prepend(pages.ROOT / "website")
    return __import__("docstrings")


def test_formulas_become_code_and_sentences_stay(docstrings):
    text = "Draws.\n\ns = a(b) / c,   t = [x](y)\nu = v\n\nso that s = 1 in the middle.\n\nIt is a = 1."
    expected = "Draws.\n\n    s = a(b) / c,   t = [x](y)\n    u = v\n\nso that s = 1 in the middle.\n\nIt is a = 1."
    assert docstrings.rewritten(text) == expected


def test_sections_get_the_titles_that_are_known_and_remarks_stand_apart(docstrings):
    text = (
        "One.\n\nCall arguments:\n    uv: Where.\n\nReference: A 2018.\nNote: not as\n    there.\n\nExample:\n    >>> 1"
    )
    expected = (
        "One.\n\nOther parameters: Call arguments\n    uv: Where.\n\n**Reference:** A 2018.\n\n"
        "**Note:** not as\nthere.\n\nExamples: Example\n    >>> 1"
    )
    assert docstrings.rewritten(text) == expected


def test_an_example_without_prompts_is_code(docstrings):
    text = "One.\n\nExample:\n    with a as b:\n        b[0](1)"
    expected = "One.\n\nExamples: Example\n    ```\n    with a as b:\n        b[0](1)\n    ```"
    assert docstrings.rewritten(text) == expected


def build(root, out):
    """Builds the site of a tree as `make docs` does; the finished process."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(out)]
    command += ["--config-file", str(root / "website/mkdocs.yml")]
    return subprocess.run(command, capture_output=True, text=True)


def public_names():
    """Full names of all public functions, classes and modules, read from the sources."""
    for folder, package in (("tfkeypoints", "tfkeypoints"), ("tuning", "tfkeypoints.tuning")):
        for path in (pages.ROOT / folder).rglob("*.py"):
            parts = path.relative_to(pages.ROOT / folder).with_suffix("").parts
            if any(part.startswith("_") and part != "__init__" for part in parts) or parts[0] in ("commands", "cli"):
                continue
            module = ".".join([package, *(part for part in parts if part != "__init__")])
            yield module
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
                    yield f"{module}.{node.name}"


@pytest.mark.slow
def test_the_site_has_every_public_name_and_page(tmp_path):
    done = build(pages.ROOT, tmp_path / "site")
    assert done.returncode == 0, done.stderr
    packed = (tmp_path / "site/objects.inv").read_bytes().split(b"\n", 4)[4]
    listed = {line.split(" ")[0] for line in zlib.decompress(packed).decode().splitlines()}
    names = set(public_names())
    assert len(names) > 500 and names - listed == set()
    for page in pages.PAGES:
        assert (tmp_path / "site" / page.replace("README.md", "index.md")).with_suffix(".html").exists(), page


@pytest.mark.slow
@pytest.mark.parametrize("link", ["[dead](nothing.md)", "[dead](cameras.md#nothing)"])
def test_a_dead_link_is_refused(tmp_path, link):
    for folder in FOLDERS:
        shutil.copytree(pages.ROOT / folder, tmp_path / folder)
    for page in [*pages.ROOT.glob("*.md"), pages.ROOT / "LICENSE", pages.ROOT / "CITATION.cff"]:
        shutil.copy(page, tmp_path)
    with (tmp_path / "docs/metrics.md").open("a") as file:
        file.write(f"\n{link}\n")
    done = build(tmp_path, tmp_path / "site")
    assert done.returncode != 0
    assert "nothing" in done.stderr and "docs/metrics.md" in done.stderr
