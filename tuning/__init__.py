"""Sweeps over the number of keypoints, and whatever is to be varied with it, by keras-tuner.

A trial is one choice of values, trained several times (its executions); each execution is an ordinary run.
`hypermodels` tell what can be varied, `Sweep` is a sweep's folder, `search` carries it out in this process and
`launch` in several, `write_report` makes of it what there is to decide by.
"""

import importlib

_MODULES = {
    "HYPERMODELS": "hypermodels",
    "Keypoint3DHyperModel": "hypermodels",
    "KeypointNetHyperModel": "hypermodels",
    "Sweep": "sweep",
    "launch": "launcher",
    "search": "tuner",
    "write_report": "report",
}

__all__ = [*_MODULES]


def __getattr__(name: str):
    if name in _MODULES:
        return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *_MODULES])
