"""Numbers for whole evaluation sets, one module a question: pose, consistency, landmarks.

Every function takes NumPy arrays or tensors with one row an example (N first), computes in float64 and returns NumPy.
"""

from tfkeypoints.metrics import consistency, landmarks, pose

__all__ = ["consistency", "landmarks", "pose"]
