"""tfkeypoints: 3D keypoints from calibrated images, learnt without labels.

Submodules are imported on first use, so that `import tfkeypoints` costs nothing and processes that only render or
simulate never load TensorFlow.
"""

from tfkeypoints.lazy import attach

__version__ = "0.1.0"

_SUBMODULES = (
    "backbones",
    "calibration",
    "cameras",
    "control",
    "data",
    "datasets",
    "evaluation",
    "files",
    "geometry",
    "inference",
    "inspection",
    "interchange",
    "labels",
    "layers",
    "losses",
    "metrics",
    "models",
    "originals",
    "pretrained",
    "rendering",
    "serving",
    "simulation",
    "training",
    "tuning",
    "visualization",
)

__getattr__, __dir__ = attach(__name__, {name: name for name in _SUBMODULES})
