"""Imports all that an extra of the installed tfkeypoints asks for. `extra_imports.py EXTRA`."""

import importlib
import importlib.metadata
import sys

from packaging.requirements import Requirement


def main():
    extra = sys.argv[1]
    asked = [Requirement(line) for line in importlib.metadata.requires("tfkeypoints")]
    chosen = [each for each in asked if each.marker is None or each.marker.evaluate({"extra": extra})]
    wanted = {each.name.lower().replace("_", "-") for each in chosen if "extra" in str(each.marker)}
    tops = {}
    for module, distributions in importlib.metadata.packages_distributions().items():
        for name in distributions:
            tops.setdefault(name.lower().replace("_", "-"), set()).add(module)
    for name in sorted(wanted):
        modules = {module for module in tops[name] if not module.startswith("_") and module != "tests"}
        for module in sorted(modules):
            importlib.import_module(module)
        print(f"{name} {importlib.metadata.version(name)}: {' '.join(sorted(modules))}")


if __name__ == "__main__":
    main()
