"""Whatever a page names is there: pages and headings that it links to, files, names of the library, make's targets."""

import importlib
import importlib.util
import re

import pytest

from tests.docs import pages

FOLDERS = "docs|tests|benchmarks|examples|tfkeypoints|datasets|tuning|constraints|findings|website"
SOURCES = ("tfkeypoints", "datasets", "tuning", "examples", "benchmarks")
PLACEHOLDER = re.compile(r"your_|-v\d$")
"""Files that a reader makes, and names of environments, which look like files."""


@pytest.mark.parametrize("page", pages.PAGES)
def test_links_lead_to_files_and_headings(page):
    here, dead = (pages.ROOT / page).parent, []
    for line, target in pages.links(page):
        if re.match(r"https?:|mailto:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (here / path).resolve() if path else pages.ROOT / page
        if not file.is_file():
            dead.append(f"{page}:{line}: {target}")
        elif anchor and anchor not in pages.anchors(file.relative_to(pages.ROOT).as_posix()):
            dead.append(f"{page}:{line}: {target}, which has no such heading")
    assert not dead


@pytest.mark.parametrize("page", [page for page in pages.PAGES if page != "CHANGELOG.md"])
def test_files_that_are_named_are_there(page):
    places = (pages.ROOT, (pages.ROOT / page).parent, pages.ROOT / "tfkeypoints")
    named = re.findall(rf"(?<![\w./:-])((?:{FOLDERS})/[\w./-]*\w)", pages.read(page))
    absent = {each for each in named if not PLACEHOLDER.search(each) and not any((p / each).exists() for p in places)}
    assert not absent


def test_pages_that_sources_name_are_there():
    """Help, errors and docstrings send readers to pages."""
    sources = [path for folder in SOURCES for path in sorted((pages.ROOT / folder).rglob("*.py"))]
    named = {
        (each, path.relative_to(pages.ROOT).as_posix())
        for path in sources
        for each in re.findall(r"(?<![\w./])(?:docs|tuning|datasets)/[\w/]*\.md", path.read_text(encoding="utf-8"))
    }
    assert len(named) > 20
    assert {(page, path) for page, path in named if not (pages.ROOT / page).is_file()} == set()


@pytest.mark.parametrize("page", [page for page in pages.PAGES if page != "CHANGELOG.md"])
def test_names_of_the_library_can_be_imported(page):
    named = {each for _, span in pages.spans(page) for each in re.findall(r"(?<![\w/.])tfkeypoints(?:\.\w+)+", span)}
    for name in sorted(named):
        assert exists(name), f"{page}: {name}"


def exists(name):
    """Whether a dotted name leads to a module or to what one has; skips where it needs an extra that is not there."""
    parts = name.split(".")
    found, module = None, parts[0]
    for depth in range(1, len(parts) + 1):
        module = ".".join(parts[:depth])
        try:
            found = importlib.import_module(module)
        except ModuleNotFoundError as error:
            if not module.startswith(error.name or " "):
                pytest.skip(f"{name} needs {error.name}, which is not installed")
            break
    else:
        return True
    for attribute in parts[depth - 1 :]:
        if not hasattr(found, attribute):
            return False
        found = getattr(found, attribute)
    return True


@pytest.mark.parametrize("page", [page for page in pages.PAGES if page != "CHANGELOG.md"])
def test_targets_of_make_are_in_the_makefile(page):
    known = set(re.findall(r"^([\w-]+):", (pages.ROOT / "Makefile").read_text(), re.M))
    named = {words[0] for _, words in pages.commands(page, "make") if words}
    named |= {each for _, span in pages.spans(page) for each in re.findall(r"^make ([\w-]+)$", span)}
    assert named <= known


def test_what_is_searched_is_found():
    """The checks above are not empty: the pages hold what they look for, and what is absent is told apart."""
    assert ("docs/results.md" in {target for _, target in pages.links("README.md")}) and len(pages.PAGES) > 15
    assert "policies-on-robots" in pages.anchors("docs/results.md")
    assert exists("tfkeypoints.geometry.camera.crop") and exists("tfkeypoints.data.batches")
    assert not exists("tfkeypoints.geometry.camera.nothing") and not exists("tfkeypoints.nothing.at.all")
