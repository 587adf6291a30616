"""Keras callbacks of a run: each file holds one."""

from tfkeypoints.callbacks.best_model import BestModel
from tfkeypoints.callbacks.collapse_alarm import CollapseAlarm
from tfkeypoints.callbacks.finite_loss import FiniteLoss
from tfkeypoints.callbacks.keypoint_images import KeypointImages
from tfkeypoints.callbacks.multiview_ramp import MultiviewRamp
from tfkeypoints.callbacks.orientation_schedule import OrientationSchedule
from tfkeypoints.callbacks.progress import Progress
from tfkeypoints.callbacks.run_history import RunHistory
from tfkeypoints.callbacks.training_checkpoint import TrainingCheckpoint

__all__ = [
    "BestModel",
    "CollapseAlarm",
    "FiniteLoss",
    "KeypointImages",
    "MultiviewRamp",
    "OrientationSchedule",
    "Progress",
    "RunHistory",
    "TrainingCheckpoint",
]
