"""Commands that a page shows can be typed: each is read by the command line's own parser, without being run."""

import contextlib
import functools
import io
import re

import pytest

from tests.docs import pages
from tfkeypoints import cli

OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9_-]+")
LEFT_OUT = "…"
OF_OTHERS = {
    *("--logdir",),  # tensorboard
    *("--no-deps",),  # pip
    *("--head",),  # ray
    *("--cards",),  # tfkeypoints.pretrained.make
    *("--config", "--manual_dir", "--overwrite"),  # tfds
    *("--rm", "--enable_batching", "--batching_parameters_file", "--monitoring_config_file"),  # docker and its server
}
"""Options of programs that are not ours."""

WHOLE = [
    pytest.param(words, id=f"{page}:{line} {' '.join(words)}")
    for page in pages.PAGES
    for line, words in pages.commands(page, "tfkeypoints")
    if LEFT_OUT not in words
]
IN_PART = [
    pytest.param(words, id=f"{page}:{line} {' '.join(words)}")
    for page in pages.PAGES
    for line, words in [
        *((line, words) for line, span in pages.spans(page) for words in pages.calls(span, "tfkeypoints") if words),
        *((line, words) for line, words in pages.commands(page, "tfkeypoints") if LEFT_OUT in words),
    ]
]
"""Commands within a sentence, or with something left out: they may lack what is required."""
SCRIPTS = [
    pytest.param(words, id=f"{page}:{line} python {' '.join(words)}")
    for page in pages.PAGES
    for line, words in [
        *pages.commands(page, "python"),
        *((line, words) for line, span in pages.spans(page) for words in pages.calls(span, "python")),
    ]
    if words and words[0].endswith(".py")
]


@functools.cache
def options_of(name):
    """The options that the help of a command tells."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
        cli.main([*name.split(), "--help"])
    return {"--help", *OPTION.findall(said.getvalue())}


@pytest.mark.parametrize("words", WHOLE)
def test_a_command_can_be_typed(words, capsys):
    if words in (["--version"], ["--help"]):
        return
    name = cli._command_name(words)
    assert name, f"no such command: {words}"
    refused = None
    try:
        cli._parse(name, words[len(name.split()) :])
    except SystemExit as end:
        refused = end.code
    assert not refused, capsys.readouterr()


@pytest.mark.parametrize("words", IN_PART)
def test_a_command_in_part_exists_and_has_the_options(words):
    name = cli._command_name(words)
    group = [name] if name else [each for each in cli.COMMANDS if each.split()[0] == words[0]]
    assert group or words[0] in ("COMMAND", "--version", "--help"), f"no such command: {words}"
    known = {option for each in group for option in options_of(each)}
    assert {option.partition("=")[0] for option in words if option.startswith("--")} <= known | {"--version", "--help"}


@pytest.mark.parametrize("words", SCRIPTS)
def test_a_script_exists_and_has_the_options(words):
    source = (pages.ROOT / words[0]).read_text(encoding="utf-8")
    if "--" in words:  # what follows goes to the command that the script calls
        words, passed_on = words[: words.index("--")], words[words.index("--") + 1 :]
        assert {word for word in passed_on if word.startswith("--")} <= options_of("control train")
    for option in (word.partition("=")[0] for word in words if word.startswith("--")):
        assert f'"{option}"' in source or re.search(rf"\b{option[2:].replace('-', '_')}: ", source), option


@pytest.mark.parametrize("page", [page for page in pages.PAGES if page != "CHANGELOG.md"])
def test_options_that_are_named_are_options_of_some_command(page):
    folders = (pages.ROOT / "benchmarks", pages.ROOT / "examples")
    scripts = "".join(path.read_text(encoding="utf-8") for folder in folders for path in folder.glob("*.py"))
    known = OF_OTHERS | {option for name in cli.COMMANDS for option in options_of(name)}
    named = {option for _, span in pages.spans(page) for option in OPTION.findall(span)}
    assert {option for option in named - known if f'"{option}"' not in scripts} == set()


def test_what_is_searched_is_found():
    assert len(WHOLE) > 40 and len(IN_PART) > 20 and len(SCRIPTS) > 10


@pytest.mark.parametrize("words", [["train", "keypointnet", "--presett", "demo"], ["trian"], ["evaluate"]])
def test_a_wrong_command_is_found(words, capsys):
    with pytest.raises(AssertionError):
        test_a_command_can_be_typed(words, capsys)


def test_what_cameras_info_prints_is_what_the_page_shows(capsys):
    shown = [block.code for block in pages.blocks("docs/cameras.md") if block.code.startswith("format: anipose")]
    assert cli.main(["cameras", "info", str(pages.ROOT / "tests/cameras/files/anipose/calibration.toml")]) == 0
    printed = capsys.readouterr().out
    assert [line.rstrip() for line in printed.strip().splitlines()] == shown[0].strip().splitlines()
