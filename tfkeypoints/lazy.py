"""Packages whose names are imported when they are first used."""

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any


def attach(package: str, places: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Makes `__getattr__` and `__dir__` of a package, whose names then cost nothing until they are used.

    Args:
        package: The package's `__name__`.
        places: Name to the module in the package that defines it; to itself if it is that module.

    Example:
        >>> __getattr__, __dir__ = attach(__name__, {"Run": "run"})
    """

    def find(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = importlib.import_module(f"{package}.{places[name]}")
        return module if places[name] == name else getattr(module, name)

    return find, lambda: sorted({*vars(sys.modules[package]), *places})
