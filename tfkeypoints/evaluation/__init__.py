"""A trained model on a whole split: its answers (`collect`), and the numbers and pictures that are made of them.

`objects` is for views of objects (KeypointNet), `episodes` for moving scenes (Keypoint3D). Each has `evaluate`, which
measures and draws a run, and `describe`, which lays out the report for the terminal.
"""

from tfkeypoints.evaluation import episodes, objects
from tfkeypoints.evaluation.collection import collect, without_maps
from tfkeypoints.evaluation.objects import measure, object_mesh, one_of_each_instance

__all__ = ["collect", "episodes", "measure", "object_mesh", "objects", "one_of_each_instance", "without_maps"]
