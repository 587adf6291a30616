"""Images of a scene whose cameras stand: MuJoCo draws what stands still once, NumPy what moves in each image."""

import types
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tfkeypoints.simulation import cameras
from tfkeypoints.simulation.lighting import TINY, Lights, shade
from tfkeypoints.simulation.materials import Materials
from tfkeypoints.simulation.rasterizer import Fragments, rasterize
from tfkeypoints.simulation.surfaces import has_surface, surfaces

if TYPE_CHECKING:
    import mujoco


HIDDEN_GROUP = 5  # of geoms; models leave it out of their pictures
NEAREST = np.float32(1e-6)  # depth by which a point is divided at least; what is not before the camera is left out
GEOM = ("objid", "matid", "rgba", "emission", "specular", "shininess")
LIGHT = ("pos", "dir", "directional", "attenuation", "cutoff", "exponent", "ambient", "diffuse", "specular")


class Compositor:
    """Draws what MuJoCo draws, in a fraction of the time where images are small.

    What stands still is drawn by MuJoCo and kept, color and depth, until it changes. What moves, or can be seen
    through, is rasterised in each image, lit as OpenGL does it, and laid over the rest by depth. It differs from
    MuJoCo's drawing in that light is computed for each pixel, not for each corner of a mesh, and textures of what moves
    are replaced by their mean color.

    Args:
        model, data: Of MuJoCo, after `mj_forward`; of a scene that `suits`. Meshes are drawn as they are now.
        camera_names: Of the V cameras.
        renderer: `mujoco.Renderer` of square images, from `opengl.make_renderer`.
        option: `mujoco.MjvOption` that says what is shown.
    """

    def __init__(
        self,
        model: "mujoco.MjModel",
        data: "mujoco.MjData",
        camera_names: Sequence[str],
        renderer: "mujoco.Renderer",
        option: "mujoco.MjvOption",
    ) -> None:
        self._model, self._data, self._names = model, data, camera_names
        self._renderer, self._option, self._size = renderer, option, renderer.height
        self._moving = _moves(model)[model.geom_bodyid]
        self._still = np.flatnonzero(~self._moving)
        self._sites = np.flatnonzero(option.sitegroup[model.site_group])
        intrinsics, extrinsics = cameras.calibration(model, data, camera_names)
        self._eyes = -np.einsum("vji,vj->iv", extrinsics[:, :3, :3], extrinsics[:, :3, 3])
        middle, half = (self._size - 1) / 2, self._size / 2
        to_pixels = np.array([[half, 0, middle], [0, half, middle], [0, 0, 1]], np.float32)
        self._projection = to_pixels @ intrinsics @ extrinsics[:, :3]
        self._known: bytes | None = None
        self._triangulated: tuple[list[int], list[bool]] | None = None

    def images(self) -> np.ndarray:
        """Returns the V images of the present state, uint8 `[V, H, W, 3]`."""
        if self._known != self._appearance():
            self._prepare()
        image, depth = self._image.copy(), self._depth.copy()
        rotations = self._data.geom_xmat[self._geoms].reshape(-1, 3, 3).transpose(1, 2, 0).astype(np.float32, order="C")
        origins = self._data.geom_xpos[self._geoms].T.astype(np.float32, order="C")
        part = self._surfaces.part
        points = np.einsum("ijn,jn->in", rotations.take(part, 2), self._surfaces.vertices) + origins.take(part, 1)
        seen = self._projection[..., :3] @ points + self._projection[..., 3:]
        pixels = seen[:, :2] / np.maximum(seen[:, 2:], NEAREST)
        fragments = rasterize(pixels, seen[:, 2], self._faces, self._size, self._size)
        fragments = fragments[np.flatnonzero(fragments.depth < depth[fragments.pixel])]
        solid = self._alpha[self._part_of_face[fragments.face]] == 1
        nearest = np.flatnonzero(solid)
        nearest = nearest[fragments[nearest].nearest(len(depth))]
        depth[fragments.pixel[nearest]] = fragments.depth[nearest]
        glass = np.flatnonzero(~solid)
        glass = glass[fragments.depth[glass] < depth[fragments.pixel[glass]]]
        fragments = fragments[np.concatenate([nearest, glass])]
        colors = self._colors(fragments, points, rotations)
        image[fragments.pixel[: len(nearest)]] = colors[: len(nearest)]
        for rows in fragments[len(nearest) :].layers():
            rows += len(nearest)
            place, alpha = fragments.pixel[rows], self._alpha[self._part_of_face[fragments.face[rows]], None]
            image[place] = alpha * colors[rows] + (1 - alpha) * image[place]
        return np.rint(image).astype(np.uint8).reshape(-1, self._size, self._size, 3)

    def _appearance(self) -> bytes:
        """All that decides how things look that stand still, and what things are made of."""
        data, still = self._data, self._still
        looks = data.geom_xpos[still], data.geom_xmat[still], data.site_xpos[self._sites], self._model.geom_rgba
        return b"".join(array.tobytes() for array in looks)

    def _prepare(self) -> None:
        """Draws what stands still, and reads what the rest is made of and the lights."""
        self._known = self._appearance()
        self._renderer.update_scene(self._data, camera=self._names[0], scene_option=self._option)
        drawn = [geom for geom in _geoms(self._renderer.scene) if self._moving[geom.objid] or self._is_glass(geom)]
        self._alpha = np.array([geom.rgba[3] for geom in drawn], np.float32)
        self._triangulate([geom.objid for geom in drawn], self._alpha < 1)
        self._materials = Materials.of(self._model, drawn)
        groups = self._model.geom_group.copy()
        self._model.geom_group[self._geoms] = HIDDEN_GROUP
        images, depths, lights = zip(*[self._still_view(name) for name in self._names], strict=True)
        self._model.geom_group[:] = groups
        self._image = np.stack(images).reshape(-1, 3).astype(np.float32)
        self._depth = np.stack(depths).reshape(-1)
        self._lights = Lights.of(lights)

    def _is_glass(self, geom: Any) -> bool:
        return geom.rgba[3] < 1 and has_surface(self._model, geom.objid)

    def _triangulate(self, geoms: list[int], glass: np.ndarray) -> None:
        """Makes the faces of geoms, and again from behind of those that are of glass, as MuJoCo shows them."""
        if self._triangulated == (geoms, glass.tolist()):
            return
        self._geoms, self._surfaces, self._triangulated = geoms, surfaces(self._model, geoms), (geoms, glass.tolist())
        faces, part = self._surfaces.faces, self._surfaces.part
        backs = faces[glass[part[faces[:, 0]]], ::-1]
        self._faces = np.concatenate([faces, backs])
        self._corners = np.ascontiguousarray(self._faces.T)
        self._part_of_face = part[self._corners[0]]
        self._side = np.repeat(np.array([1, -1], np.float32), [len(faces), len(backs)])

    def _still_view(self, name: str) -> tuple[np.ndarray, np.ndarray, list[types.SimpleNamespace]]:
        """The image, the depth `[H, W]` and the lights of what stands still in one view."""
        renderer = self._renderer
        renderer.update_scene(self._data, camera=name, scene_option=self._option)
        image = renderer.render()
        renderer.enable_depth_rendering()
        depth = renderer.render()
        renderer.disable_depth_rendering()
        lights = renderer.scene.lights[: renderer.scene.nlight]
        return image, depth, [_copied(light, LIGHT) for light in lights]

    def _colors(self, fragments: Fragments, points: np.ndarray, rotations: np.ndarray) -> np.ndarray:
        """Colors of fragments, `[P, 3]`, 0 to 255."""
        corners, part = self._corners.take(fragments.face, 1), self._part_of_face[fragments.face]
        places = np.einsum("kp,ckp->cp", fragments.weights, points.take(corners, 1))
        normals = np.einsum("kp,ckp->cp", fragments.weights, self._surfaces.normals.take(corners, 1))
        normals = np.einsum("ijp,jp->ip", rotations.take(part, 2), normals)
        view = fragments.pixel // self._size**2
        to_eye = self._eyes.take(view, 1) - places
        normals *= self._side[fragments.face] / np.sqrt(np.maximum(np.einsum("cp,cp->p", normals, normals), TINY))
        to_eye /= np.sqrt(np.maximum(np.einsum("cp,cp->p", to_eye, to_eye), TINY))
        return 255 * shade(places, normals, to_eye, view, self._materials[part], self._lights).T


def suits(model: "mujoco.MjModel", camera_names: Sequence[str], option: "mujoco.MjvOption") -> bool:
    """Whether a scene can be drawn by a `Compositor`: cameras and lights stand, nothing that moves bends."""
    moves = _moves(model)
    mounts = [camera.bodyid[0] for camera in map(model.cam, camera_names)]
    fixed = all(model.cam(name).mode[0] == 0 for name in camera_names) and (model.light_mode == 0).all()
    shown = option.geomgroup[model.geom_group] > 0
    drawn = np.flatnonzero(shown & moves[model.geom_bodyid])
    return bool(
        fixed
        and len(drawn)
        and not moves[mounts].any()
        and not moves[model.light_bodyid].any()
        and not model.nflex + model.nskin + model.ntendon
        and all(has_surface(model, geom) for geom in drawn.tolist())
    )


def _moves(model: "mujoco.MjModel") -> np.ndarray:
    """For each body whether it can move: not one that is welded to the world, unless it is moved by hand."""
    return (model.body_weldid != 0) | (model.body_mocapid[model.body_rootid] >= 0)


def _geoms(scene: "mujoco.MjvScene") -> list[types.SimpleNamespace]:
    """The geoms of the model in a `mujoco.MjvScene`, copied."""
    import mujoco

    geoms = scene.geoms[: scene.ngeom]
    return [_copied(geom, GEOM) for geom in geoms if geom.objtype == mujoco.mjtObj.mjOBJ_GEOM]


def _copied(thing: Any, names: Iterable[str]) -> types.SimpleNamespace:
    """Copies what MuJoCo may overwrite in its own memory."""
    return types.SimpleNamespace(**{name: np.copy(getattr(thing, name))[()] for name in names})
