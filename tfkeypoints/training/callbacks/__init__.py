"""Keras callbacks of a run: each file holds one."""

from tfkeypoints.training.callbacks.best_model import BestModel
from tfkeypoints.training.callbacks.finite_loss import FiniteLoss
from tfkeypoints.training.callbacks.keypoint_images import KeypointImages
from tfkeypoints.training.callbacks.multiview_ramp import MultiviewRamp
from tfkeypoints.training.callbacks.orientation_schedule import OrientationSchedule
from tfkeypoints.training.callbacks.progress import Progress
from tfkeypoints.training.callbacks.run_history import RunHistory
from tfkeypoints.training.callbacks.training_checkpoint import TrainingCheckpoint

__all__ = [
    "BestModel",
    "FiniteLoss",
    "KeypointImages",
    "MultiviewRamp",
    "OrientationSchedule",
    "Progress",
    "RunHistory",
    "TrainingCheckpoint",
]
