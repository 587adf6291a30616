"""Imports MuJoCo with an OpenGL that needs no display, and says what to install where something is missing."""

import importlib
import importlib.util
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import mujoco


DEBIAN_PACKAGES = {
    "egl": "libegl1 libegl-mesa0 libgl1-mesa-dri libopengl0",
    "osmesa": "libosmesa6",
}


def prepare(*packages: str) -> None:
    """Imports MuJoCo, with EGL on Linux unless `MUJOCO_GL` asks for another OpenGL.

    Args:
        *packages: Names of the other Python packages that a scene needs.

    Raises:
        ImportError: If a package is not installed, there is no OpenGL, or TensorFlow is in this process.

    Note: Mesa's OpenGL and TensorFlow crash in one process, whichever comes first, hence the check. Render in a
        spawned process, see `tfkeypoints.processes.spawned_map`.
    """
    if "tensorflow" in sys.modules:
        raise ImportError(
            "MuJoCo's OpenGL and TensorFlow crash in one process. Run simulations in a process that does not import "
            "TensorFlow, such as those of tfkeypoints.processes.spawned_map"
        )
    if sys.platform == "linux":
        os.environ.setdefault("MUJOCO_GL", "egl")
    for package in ("mujoco", *packages):
        if importlib.util.find_spec(package) is None:
            raise ImportError(f"Robot scenes need {package}: pip install 'tfkeypoints[robots]'")
    try:
        importlib.import_module("mujoco")
    except Exception as error:  # ImportError, AttributeError or TypeError of PyOpenGL, depending on what is missing
        raise ImportError(_missing_opengl()) from error


def make_renderer(model: "mujoco.MjModel", height: int, width: int) -> "mujoco.Renderer":
    """Returns a `mujoco.Renderer` without shadows and reflections, which make a frame ten times as expensive.

    The model's off-screen buffer grows to the size of the images.

    Raises:
        ImportError: If there is no OpenGL.
    """
    import mujoco

    buffer = model.vis.global_
    buffer.offheight, buffer.offwidth = max(buffer.offheight, height), max(buffer.offwidth, width)
    try:
        renderer = mujoco.Renderer(model, height, width)
    except Exception as error:
        raise ImportError(_missing_opengl()) from error
    renderer.scene.flags[mujoco.mjtRndFlag.mjRND_SHADOW] = 0
    renderer.scene.flags[mujoco.mjtRndFlag.mjRND_REFLECTION] = 0
    return renderer


def _missing_opengl() -> str:
    return (
        f"No OpenGL found for MuJoCo (MUJOCO_GL={os.environ.get('MUJOCO_GL', '')}). On Debian or Ubuntu: "
        f"apt-get install {DEBIAN_PACKAGES['egl']}; or apt-get install {DEBIAN_PACKAGES['osmesa']} "
        "and set MUJOCO_GL=osmesa"
    )
