"""tfkeypoints: 3D keypoints from calibrated images, learnt without labels.

Submodules are imported on first use, so that `import tfkeypoints` costs nothing and processes that only render or
simulate never load TensorFlow.
"""

import importlib

__version__ = "0.1.0"

_SUBMODULES = (
    "calibration",
    "callbacks",
    "checkpoint",
    "control",
    "data",
    "datasets",
    "evaluation",
    "export",
    "files",
    "geometry",
    "layers",
    "losses",
    "metrics",
    "models",
    "networks",
    "optimizers",
    "prediction",
    "recording",
    "rendering",
    "run",
    "scene_prediction",
    "serving",
    "simulation",
    "training",
    "tuning",
    "visualization",
)


def __getattr__(name: str):
    if name in _SUBMODULES:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *_SUBMODULES])
