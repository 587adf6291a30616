"""The Python of every page runs, block after block in one session, as a reader would type it."""

import pytest

from tests.docs import pages
from tests.docs.setups import CHECKS, COMPILED_ONLY, SETUPS, SHORTER, SLOW


def python_of(page):
    """The page's Python, each block with its first line's number."""
    return [block for block in pages.blocks(page) if block.language == "python"]


WITH_PYTHON = [page for page in pages.PAGES if python_of(page) and not page.startswith("docs/tutorials/")]


RUN = [
    pytest.param(page, marks=[pytest.mark.slow] if page in SLOW else [])
    for page in WITH_PYTHON
    if page not in COMPILED_ONLY
]


@pytest.mark.parametrize("page", RUN)
def test_python_of_a_page_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "__main__"}
    if page in SETUPS:
        names |= SETUPS[page](tmp_path, monkeypatch)
    shorter = dict(SHORTER.get(page, {}))
    for block in python_of(page):
        code = block.code
        for long in [long for long in shorter if long in code]:
            code = code.replace(long, shorter.pop(long))
        exec(compile("\n" * (block.line - 1) + code, str(pages.ROOT / page), "exec"), names)
    assert not shorter, "the page no longer says what is to be shorter here"
    if page in CHECKS:
        CHECKS[page](names)


@pytest.mark.parametrize("page", [pytest.param(page, id=f"{page}: {why}") for page, why in COMPILED_ONLY.items()])
def test_python_of_a_page_is_python(page):
    assert python_of(page)
    for block in python_of(page):
        compile(block.code, page, "exec")


def test_all_that_is_set_up_is_used():
    assert {*SETUPS, *SHORTER, *CHECKS, *COMPILED_ONLY} <= set(WITH_PYTHON)
