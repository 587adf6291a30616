"""Keras callbacks of a run: each file holds one."""

import importlib

_MODULES = {
    "BestModel": "best_model",
    "CollapseAlarm": "collapse_alarm",
    "FiniteLoss": "finite_loss",
    "KeypointImages": "keypoint_images",
    "MultiviewRamp": "multiview_ramp",
    "OrientationSchedule": "orientation_schedule",
    "Progress": "progress",
    "RunHistory": "run_history",
    "TrainingCheckpoint": "training_checkpoint",
}

__all__ = [*_MODULES]


def __getattr__(name: str):
    if name in _MODULES:
        return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *_MODULES])
