"""Pure functions of camera and rotation geometry; the one place that calls tensorflow-graphics."""

from tfkeypoints.lazy import attach

__getattr__, __dir__ = attach(__name__, {name: name for name in ("camera", "crop", "poses", "rotation")})
