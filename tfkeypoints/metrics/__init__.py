"""Numbers for whole evaluation sets, one module a question.

Every function takes NumPy arrays or tensors with one row an example (N first), computes in float64 and returns NumPy.
"""

from tfkeypoints.metrics import collapse, consistency, landmarks, pose, reconstruction, temporal, tracking

__all__ = ["collapse", "consistency", "landmarks", "pose", "reconstruction", "temporal", "tracking"]
