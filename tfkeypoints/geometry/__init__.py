"""Pure functions of camera and rotation geometry; the one place that calls tensorflow-graphics."""

from tfkeypoints.geometry import camera, rotation

__all__ = ["camera", "rotation"]
