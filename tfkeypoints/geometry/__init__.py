"""Pure functions of camera and rotation geometry, the only callers of tensorflow-graphics; and checks of cameras."""

from tfkeypoints.lazy import attach

__getattr__, __dir__ = attach(__name__, {name: name for name in ("camera", "checks", "crop", "poses", "rotation")})
