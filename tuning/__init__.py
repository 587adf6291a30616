"""Sweeps over the number of keypoints, and whatever is to be varied with it, by keras-tuner.

A trial is one choice of values, trained several times (its executions); each execution is an ordinary run.
The method's recipe tells what can be varied, `Sweep` is a sweep's folder, `search` carries it out in this process and
`launch` in several, `write_report` makes of it what there is to decide by.
"""

from tfkeypoints.tuning.hypermodels import KeypointHyperModel
from tfkeypoints.tuning.launcher import launch
from tfkeypoints.tuning.report import write_report
from tfkeypoints.tuning.sweep import Sweep
from tfkeypoints.tuning.tuner import search

__all__ = [
    "KeypointHyperModel",
    "Sweep",
    "launch",
    "search",
    "write_report",
]
