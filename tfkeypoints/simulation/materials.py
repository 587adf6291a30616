"""What the geoms of a MuJoCo scene are made of, as far as light is concerned."""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import mujoco


@dataclasses.dataclass(frozen=True)
class Materials:
    """What P points are made of.

    Attributes:
        color: `[3, P]`, 0 to 1.
        texture: `[3, P]`, 0 to 1, of a picture that is laid over the lit material.
        emission: `[P]`, share of its color that a point gives off by itself.
        specular: `[P]`, share of light that is mirrored.
        shininess: `[P]`, 0 to 1.
    """

    color: np.ndarray
    texture: np.ndarray
    emission: np.ndarray
    specular: np.ndarray
    shininess: np.ndarray

    @classmethod
    def of(cls, model: "mujoco.MjModel", geoms: Sequence[Any]) -> "Materials":
        """Reads those of `mujoco.MjvGeom`, or of copies of them; a texture becomes its mean color."""
        return cls(
            color=np.array([geom.rgba[:3] for geom in geoms], np.float32).T,
            texture=np.array([_mean_texture(model, geom.matid) for geom in geoms], np.float32).T,
            emission=np.array([geom.emission for geom in geoms], np.float32),
            specular=np.array([geom.specular for geom in geoms], np.float32),
            shininess=np.array([geom.shininess for geom in geoms], np.float32),
        )

    def __getitem__(self, rows: np.ndarray) -> "Materials":
        return Materials(*(getattr(self, field.name)[..., rows] for field in dataclasses.fields(self)))


def _mean_texture(model: "mujoco.MjModel", material: int) -> np.ndarray:
    """The mean color of a material's texture, 0 to 1; 1 where it has none."""
    textures = [texture for texture in model.mat_texid[material] if texture >= 0] if material >= 0 else []
    if not textures:
        return np.ones(3)
    start, channels = model.tex_adr[textures[0]], model.tex_nchannel[textures[0]]
    count = model.tex_height[textures[0]] * model.tex_width[textures[0]]
    mean = model.tex_data[start : start + count * channels].reshape(count, channels).mean(0) / 255
    return np.resize(mean, 3) if channels == 1 else mean[:3]
