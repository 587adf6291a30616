"""The light that OpenGL's fixed pipeline, by which MuJoCo draws, gives to a surface, in NumPy."""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tfkeypoints.simulation.materials import Materials


SHININESS = 128
"""OpenGL's exponent of a shininess of 1."""

TINY = np.float32(1e-12)
"""What is smaller counts as this much where it is divided by, or its logarithm is taken."""


@dataclasses.dataclass(frozen=True)
class Lights:
    """The L lights of V views; those that ride on a camera differ from view to view.

    Attributes:
        position, direction: `[L, 3, V]`, in the world; the direction is a unit vector.
        directional: bool `[L]`: whether all rays run along the direction.
        attenuation: `[L, 3]`: its constant, linear and quadratic part.
        cutoff: `[L]`, of a spot's cone, cosine.
        exponent: `[L]`, by which a spot gets weaker towards the rim.
        ambient, diffuse, specular: `[L, 3]`, color.
    """

    position: np.ndarray
    direction: np.ndarray
    directional: np.ndarray
    attenuation: np.ndarray
    cutoff: np.ndarray
    exponent: np.ndarray
    ambient: np.ndarray
    diffuse: np.ndarray
    specular: np.ndarray

    @classmethod
    def of(cls, views: Sequence[Sequence[Any]]) -> "Lights":
        """Puts together lights as MuJoCo has them: V lists of L `mujoco.MjvLight`, or of copies of one."""
        first = views[0]
        fixed = ("attenuation", "exponent", "ambient", "diffuse", "specular")
        poses = np.array([[[light.pos, light.dir] for light in lights] for lights in views], np.float32)  # [V, L, 2, 3]
        position, direction = poses.transpose(2, 1, 3, 0)
        return cls(
            position=position,
            direction=direction,
            directional=np.array([bool(light.directional) for light in first]),
            cutoff=np.cos(np.deg2rad([light.cutoff for light in first])).astype(np.float32),
            **{name: np.array([getattr(light, name) for light in first], np.float32) for name in fixed},
        )


def shade(
    points: np.ndarray,
    normals: np.ndarray,
    to_eye: np.ndarray,
    view: np.ndarray,
    materials: "Materials",
    lights: Lights,
) -> np.ndarray:
    """Returns the colors of points, `[3, P]`, 0 to 1.

    color = t min(1, c e + Σ_l a_l s_l (c A_l + c max(n·l, 0) D_l + [n·l > 0] k max(n·h, 0)^(128 g) S_l))

    with t the texture, c the material's color, e its emission, k its specular part and g its shininess; A, D, S the
    light's ambient, diffuse and specular color; l the direction to the light, h halfway between l and the eye; a the
    light's loss over the distance, s that towards the rim of a spot.

    Args:
        points, normals, to_eye: `[3, P]`, in the world; the last two are unit vectors.
        view: `[P]`, the view in which a point is seen.
        materials: `Materials` of the P points.
        lights: `Lights`.
    """
    facing_eye = _dot(normals, to_eye)
    diffuse, mirrored = np.zeros_like(points), np.zeros_like(points)
    for light in range(len(lights.directional)):
        to_light, strength = _to_light(points, view, lights, light)
        facing = _dot(normals, to_light)
        # Of unit vectors l and e: n·h = (n·l + n·e) / |l + e|, and |l + e|² = 2 + 2 l·e
        gloss = (facing + facing_eye) / np.sqrt(np.maximum(2 + 2 * _dot(to_light, to_eye), TINY))
        gloss = strength * (facing > 0) * _power(gloss, SHININESS * materials.shininess)
        diffuse += lights.ambient[light, :, None] * strength
        diffuse += lights.diffuse[light, :, None] * (strength * np.maximum(facing, 0))
        mirrored += lights.specular[light, :, None] * gloss
    lit = materials.color * (materials.emission + diffuse) + materials.specular * mirrored
    return materials.texture * np.minimum(lit, 1)


def _to_light(points: np.ndarray, view: np.ndarray, lights: Lights, light: int) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors from points to a light, `[3, P]`, and what of it arrives there, `[P]`."""
    along = lights.direction[light][:, view]
    if lights.directional[light]:
        return -along, np.ones_like(points[0])
    to_light = lights.position[light][:, view] - points
    distance = np.sqrt(_dot(to_light, to_light))
    to_light /= np.maximum(distance, TINY)
    constant, linear, quadratic = lights.attenuation[light]
    strength = 1 / (constant + (linear + quadratic * distance) * distance)
    if lights.cutoff[light] > -1:
        inside = -_dot(to_light, along)
        strength *= (inside >= lights.cutoff[light]) * _power(inside, lights.exponent[light])
    return to_light, strength


def _power(base: np.ndarray, exponent: np.ndarray) -> np.ndarray:
    """max(base, 0)^exponent in float32, many times as fast as NumPy's power."""
    return np.exp(exponent * np.log(np.maximum(base, TINY)))


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("cp,cp->p", a, b)
