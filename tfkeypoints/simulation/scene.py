"""A simulated scene: a Gymnasium environment of MuJoCo, seen through calibrated cameras, with known landmarks."""

import atexit
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tfkeypoints.simulation import cameras, opengl
from tfkeypoints.simulation.compositor import Compositor, suits

if TYPE_CHECKING:
    import mujoco


MOVING_GROUP = 2  # MuJoCo draws the geometry groups 0 to 2 by default
SHOWN_SITES = 5  # a group that models leave empty


class Scene:
    """Images, cameras and landmarks of an environment's present state.

    Args:
        env: Gymnasium environment on MuJoCo whose model has the cameras, as from `viewed`. Step it as usual.
        camera_names: Names of the V cameras in the model.
        landmarks: Dict of a landmark's name to (`"body"`, `"site"` or `"geom"`, name in the model).
        moving: Names of the bodies that the background leaves out, with all that hangs on them, and with all cloth.
        image_size: Height and width in pixels.

    Example:
        >>> scene = metaworld.make("hammer")
        >>> observation, _ = scene.reset(seed=0)
        >>> scene.images().shape
        (3, 128, 128, 3)
    """

    def __init__(
        self,
        env: Any,
        camera_names: Sequence[str],
        landmarks: Mapping[str, Any],
        moving: Sequence[str],
        image_size: int,
    ) -> None:
        import mujoco

        self.env = env
        self.model, self.data = env.unwrapped.model, env.unwrapped.data
        self.landmark_names = tuple(landmarks)
        self._camera_names = tuple(camera_names)
        self._landmarks = tuple(landmarks.values())
        self._image_size = image_size
        self._renderer: mujoco.Renderer | None = None
        self._compositor: Compositor | None = None
        self._fast = False
        self._everything, self._static = mujoco.MjvOption(), mujoco.MjvOption()
        for option in (self._everything, self._static):
            option.sitegroup[:] = 0
        self._static.geomgroup[MOVING_GROUP] = self._static.flexgroup[MOVING_GROUP] = 0
        visible = self._everything.geomgroup[self.model.geom_group] > 0
        in_motion = _hangs_on(self.model, moving)[self.model.geom_bodyid]
        self.model.geom_group[visible] = np.where(in_motion[visible], MOVING_GROUP, 0)
        self.model.flex_group[:] = MOVING_GROUP

    def show_site(self, name: str) -> None:
        """Draws a site, which scenes hide otherwise, in `images` from now on."""
        self.model.site_group[self.model.site(name).id] = SHOWN_SITES
        self._everything.sitegroup[SHOWN_SITES] = 1
        self._compositor = None

    def draw_fast(self) -> None:
        """Lets a `Compositor` make the `images` from now on, if the scene is one that it can draw."""
        self._fast = suits(self.model, self._camera_names, self._everything)

    def reset(self, seed: int) -> tuple[np.ndarray, dict[str, Any]]:
        """Starts an episode that `seed` alone determines; returns the environment's observation and info."""
        import mujoco

        observation, info = self.env.reset(seed=seed)
        mujoco.mj_forward(self.model, self.data)
        return observation, info

    def images(self) -> np.ndarray:
        """Renders all cameras: uint8 `[V, H, W, 3]`."""
        if self._fast:
            if self._compositor is None:
                renderer = self._opened_renderer()
                self._compositor = Compositor(self.model, self.data, self._camera_names, renderer, self._everything)
            return self._compositor.images()
        return self._render(self._everything)

    def background(self) -> np.ndarray:
        """Renders all cameras without what moves: uint8 `[V, H, W, 3]`."""
        return self._render(self._static)

    def cameras(self) -> tuple[np.ndarray, np.ndarray]:
        """Returns intrinsics `[V, 3, 3]` and extrinsics `[V, 4, 4]`, float32, of the present state."""
        return cameras.calibration(self.model, self.data, self._camera_names)

    def landmarks(self) -> np.ndarray:
        """Returns the landmarks' world positions, float32 `[L, 3]`."""
        return np.stack([getattr(self.data, kind)(name).xpos for kind, name in self._landmarks]).astype(np.float32)

    def close(self) -> None:
        """Frees the renderer and the environment."""
        if self._renderer is not None:
            atexit.unregister(self._renderer.close)
            self._renderer.close()
            self._renderer = None
        self.env.close()

    def _render(self, option: "mujoco.MjvOption") -> np.ndarray:
        renderer = self._opened_renderer()
        images = np.empty((len(self._camera_names), self._image_size, self._image_size, 3), np.uint8)
        for image, name in zip(images, self._camera_names, strict=True):
            renderer.update_scene(self.data, camera=name, scene_option=option)
            renderer.render(out=image)
        return images

    def _opened_renderer(self) -> "mujoco.Renderer":
        if self._renderer is None:
            self._renderer = opengl.make_renderer(self.model, self._image_size, self._image_size)
            atexit.register(self._renderer.close)  # before OpenGL itself goes, or Python ends with a long complaint
        return self._renderer


def viewed(env_class: Any, edit: "Callable[[mujoco.MjSpec], None]") -> Any:
    """Returns a subclass of a MuJoCo environment whose model is edited before it is compiled.

    Args:
        env_class: Subclass of `gymnasium.envs.mujoco.MujocoEnv`.
        edit: Function of a `mujoco.MjSpec` that changes it in place: adds cameras, paints.
    """
    import mujoco

    class Viewed(env_class):
        def _initialize_simulation(self) -> "tuple[mujoco.MjModel, mujoco.MjData]":
            spec = mujoco.MjSpec.from_file(self.fullpath)
            edit(spec)
            model = compiled(spec)
            return model, mujoco.MjData(model)

    return Viewed


def compiled(spec: "mujoco.MjSpec") -> "mujoco.MjModel":
    """Compiles a `mujoco.MjSpec` to a model whose frames are cheap: no shadows, one sample a pixel."""
    model = spec.compile()
    model.vis.quality.shadowsize = 0
    model.vis.quality.offsamples = 0
    return model


def _hangs_on(model: "mujoco.MjModel", names: Sequence[str]) -> np.ndarray:
    """Returns for each body whether it, or one that it hangs on, is among `names`: bool `[bodies]`."""
    chosen = np.isin(np.arange(model.nbody), [model.body(name).id for name in names])
    for body in range(1, model.nbody):  # parents come before their children
        chosen[body] |= chosen[model.body_parentid[body]]
    return chosen
