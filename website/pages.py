"""What the site is made of: pages under their own paths in the tree, so that links hold here and there; the reference.

The reference has a page for each package with all of its public modules, and one with the help of all commands.
"""

import ast
import contextlib
import importlib
import inspect
import io
import os
import shutil
import sys
import tempfile
from pathlib import Path
from unittest import mock

from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
CARDS = "tfkeypoints/pretrained/*/README.md"
PAGES = (
    *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "datasets/*/README.md", "tuning/README.md", "website/*.css"),
    CARDS,
)
SHOWN_AS_TEXT = ("LICENSE", "CITATION.cff", "examples/*.py")
PROGRAMS = ("tfkeypoints/cli.py", "tfkeypoints/commands")
"""What is public there are the commands, which have a page of their own."""

INSTALLED = tempfile.TemporaryDirectory()
"""The sources in the places where they are installed; what follows imports and reads them there."""

for _source, _place in (("tfkeypoints", "."), ("datasets", "tfkeypoints"), ("tuning", "tfkeypoints")):
    shutil.copytree(ROOT / _source, Path(INSTALLED.name, _place, _source), ignore=shutil.ignore_patterns("*_test.py"))
sys.path.insert(0, INSTALLED.name)


def filled(nav: list, lists: dict[str, list[str]]) -> list:
    """The navigation, or a part of it, with each name that stands for a list of pages replaced by these."""
    pages = []
    for entry in nav:
        if isinstance(entry, dict):
            title, below = next(iter(entry.items()))
            pages.append({title: filled(below, lists) if isinstance(below, list) else below})
        else:
            pages += lists.get(entry, [entry])
    return pages


@event_priority(100)  # before mkdocstrings reads its options
def on_config(config):
    """Puts lists of pages where the navigation has names for them, and says where docstrings are read."""
    config.plugins["mkdocstrings"].config.handlers["python"]["paths"] = [INSTALLED.name]
    cards = [path.relative_to(ROOT).as_posix() for path in sorted(ROOT.glob(CARDS))]
    reference = ["reference/commands.md", *(f"reference/{name}.md" for name in packages())]
    config.nav = filled(config.nav, {"pretrained": cards, "reference": reference})
    return config


def on_files(files, config):
    """All files of the site: those of the theme, of docs/ and of `PAGES`, and the reference."""
    inside = f"{config.docs_dir}{os.sep}"
    found = [file for file in files if not (file.abs_src_path or "").startswith(inside)]
    paths = [ROOT / "docs" / file.src_uri for file in files if (file.abs_src_path or "").startswith(inside)]
    paths += [path for pattern in PAGES for path in sorted(ROOT.glob(pattern))]
    for path in paths:
        found.append(File.generated(config, path.relative_to(ROOT).as_posix(), abs_src_path=str(path)))
    for path in (path for pattern in SHOWN_AS_TEXT for path in sorted(ROOT.glob(pattern))):
        found.append(File.generated(config, path.relative_to(ROOT).as_posix(), abs_src_path=str(path)))
        found[-1].dest_uri += ".txt"  # browsers save other files instead of showing them
    found.append(File.generated(config, "reference/commands.md", content=commands_page()))
    for name, modules in packages().items():
        found.append(File.generated(config, f"reference/{name}.md", content=package_page(name, modules)))
    return Files(found)


def packages() -> dict[str, list[str]]:
    """Name of each public package to the full names of its public modules, itself first."""
    found = {}
    for path in sorted(Path(INSTALLED.name).glob("tfkeypoints/**/*.py")):
        place = path.relative_to(INSTALLED.name)
        if place.as_posix().startswith(PROGRAMS) or (path.stem.startswith("_") and path.stem != "__init__"):
            continue
        module = ".".join(place.with_suffix("").parts).removesuffix(".__init__")
        package = ".".join(place.parent.parts)
        found.setdefault(package, [])
        found[package].insert(0 if module == package else len(found[package]), module)
    return found


def package_page(package: str, modules: list[str]) -> str:
    """The page of a package: its own docstring and names, the names that it gives from its modules, and these."""
    title = f"# `{package}`\n\n"
    own = directive(package, heading_level=2, show_root_heading="false", members=defined_in(package) or "false")
    short = [f"- `{name}`: [`{place}`][{place}]" for name, place in short_names(package)]
    listed = "\n".join(["Importable from here:", "", *short, "", ""]) if short else ""
    return title + own + listed + "".join(directive(module, heading_level=2) for module in modules if module != package)


def directive(name: str, **options) -> str:
    """What makes mkdocstrings document an object."""
    return f"::: {name}\n    options:\n" + "".join(f"      {key}: {value}\n" for key, value in options.items()) + "\n"


def source_of(package: str) -> str:
    """The text of a package's own file."""
    return Path(INSTALLED.name, *package.split("."), "__init__.py").read_text(encoding="utf-8")


def defined_in(package: str) -> list[str]:
    """The public names that a package's own file defines."""
    body = ast.parse(source_of(package)).body
    names = [node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assigned = [node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)] for node in body]
    names += [target.id for targets in assigned for target in targets if isinstance(target, ast.Name)]
    return [name for name in names if not name.startswith("_")]


def short_names(package: str) -> list[tuple[str, str]]:
    """Name in a package and the full name where it is defined, for what its modules define.

    Packages say so by import statements, or, where names are imported on first use, by what they give to `lazy.attach`.
    Nothing is imported that an extra brings.
    """
    source = source_of(package)
    if "attach(" in source:
        places = inspect.getclosurevars(importlib.import_module(package).__getattr__).nonlocals["places"]
        return sorted((name, f"{package}.{place}.{name}") for name, place in places.items() if place != name)
    imports = [node for node in ast.parse(source).body if isinstance(node, ast.ImportFrom)]
    found = [(each.name, f"{node.module}.{each.name}") for node in imports for each in node.names]
    return sorted((name, place) for name, place in found if place.startswith(f"{package}.") and is_defined(place))


def is_defined(place: str) -> bool:
    """Whether the name is one that a module defines, and no module."""
    return Path(INSTALLED.name, *place.split(".")[:-1]).with_suffix(".py").is_file()


def commands_page() -> str:
    """What each command says of itself with `--help`."""
    from tfkeypoints import cli

    parts = ["# Commands\n\n`tfkeypoints COMMAND --help` prints these in the terminal.\n"]
    for name in cli.COMMANDS:
        said = io.StringIO()
        wide = mock.patch.dict(os.environ, COLUMNS="100")
        with wide, contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
            cli.main([*name.split(), "--help"])
        parts.append(f"## `tfkeypoints {name}`\n\n```text\n{said.getvalue().strip()}\n```\n")
    return "\n".join(parts)
