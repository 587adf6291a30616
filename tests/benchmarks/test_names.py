"""Benchmarks and examples ask modules of the library for nothing that these do not have."""

import ast
import importlib
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted([*ROOT.glob("benchmarks/*.py"), *ROOT.glob("examples/*.py")])


def imported(tree):
    """Dict from each name that a file imports from tfkeypoints to what it stands for.

    Raises:
        ImportError: If there is no such module or name.
    """
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module.partition(".")[0] == "tfkeypoints":
            module = importlib.import_module(node.module)
            for each in node.names:
                if not hasattr(module, each.name):
                    importlib.import_module(f"{node.module}.{each.name}")  # a module that nothing has imported yet
                found[each.asname or each.name] = getattr(module, each.name)
    return found


def missing(tree):
    """Names with a dot, as in `signatures.detect`, of what a module of the library does not have."""
    modules = {name: value for name, value in imported(tree).items() if isinstance(value, types.ModuleType)}
    hidden = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    hidden |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return [
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        if node.value.id in modules.keys() - hidden and not hasattr(modules[node.value.id], node.attr)
    ]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_script_uses_names_that_the_library_has(path):
    assert missing(ast.parse(path.read_text())) == []


def test_a_name_that_is_gone_is_found():
    told = "from tfkeypoints import geometry, files as disk\ngeometry.camera\ngeometry.gone\ndisk.away(disk.whole)\n"
    assert missing(ast.parse(told)) == ["geometry.gone", "disk.away"]
    with pytest.raises(ImportError):
        missing(ast.parse("from tfkeypoints.geometry import gone"))
