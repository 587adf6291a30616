"""Draws objects as folders of photos with the cameras' poses, as a user's program leaves them."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from tfkeypoints import files
from tfkeypoints.cameras import views
from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.lens import Lens
from tfkeypoints.cameras.writing import write_calibration
from tfkeypoints.rendering.render import Renderer

WIDTH, HEIGHT = 200, 260
"""Of the photos, in pixels."""
OBJECT = 150
"""Pixels of a photo that an object of radius 1 takes from one end to the other, about."""
WALL = np.array([150, 170, 190])
LENS = Lens("pinhole", (-0.25, 0.06, 0.002, -0.003))
FLIP = np.diag([1, -1, -1, 1])


def cameras(extrinsics, rng, lens: Lens = Lens()) -> Calibration:  # noqa: B008  frozen
    """Photographers' cameras: at the given poses, turned so that the object is off the middle, zoomed to its size.

    Args:
        extrinsics: `[V, 4, 4]`, world to camera, of cameras that look at an object about the origin.
        rng: `numpy.random.Generator` of where in the photo the object is.
        lens: Of all.
    """
    count = len(extrinsics)
    distance = np.linalg.norm(views.centres(extrinsics), axis=-1)
    focal = OBJECT / 2 * distance / np.sqrt(np.maximum(1 - 1 / distance**2, 0.2))  # pixels; nearer, it looks larger
    off = rng.uniform(-1, 1, (count, 2)) * [15, 40] / focal[:, None]  # radians
    turned = np.array(extrinsics, np.float64)
    for matrix, (across, down) in zip(turned, off, strict=True):
        matrix[:3] = _turn(1, across) @ _turn(0, down) @ matrix[:3]
    size = np.array([WIDTH, HEIGHT])
    centre = 2 * np.array([4.0, -6.0]) / size  # the principal point is not in the middle
    intrinsics = np.zeros((count, 3, 3))
    intrinsics[:, 0, 0], intrinsics[:, 1, 1] = 2 * focal / WIDTH, 2 * focal / HEIGHT
    intrinsics[:, :2, 2], intrinsics[:, 2, 2] = centre, 1
    names = tuple(f"photo_{number:03d}" for number in range(count))
    return Calibration(names, np.tile(size, (count, 1)), intrinsics, turned, (lens,) * count)


def write(
    folder: Path,
    mesh,
    calibration: Calibration,
    form: str = "transforms",
    masks: bool = False,
    scales: Sequence[int] = (1,),
    absent: int = 0,
):
    """Writes the photos and poses of an object.

    Args:
        folder: Of the object.
        mesh: `trimesh.Trimesh` in the world frame.
        calibration: See `cameras`.
        form: "transforms" (with the axes of OpenGL), "colmap" (text) or "native".
        masks: Whether masks are files of their own, and photos have a wall behind the object; otherwise alpha.
        scales: Whole factors by which photos are larger than the camera file says, in turn.
        absent: Frames that the camera file names beside, and that have no photo.
    """
    renderer = Renderer(mesh)
    with files.whole(folder) as partial:
        for kind in ("images", *(["masks"] if masks else [])):
            (partial / kind).mkdir(parents=True)
        for view, name in enumerate(calibration.names):
            scale = scales[view % len(scales)]
            rgba = _photo(renderer, calibration, view, scale)
            if masks:
                alpha = rgba[..., 3:] / 255
                seen = np.uint8(np.rint(alpha * rgba[..., :3] + (1 - alpha) * WALL))
                Image.fromarray(seen).save(partial / "images" / f"{name}.png")
                Image.fromarray(rgba[..., 3]).save(partial / "masks" / f"{name}.png")
            else:
                Image.fromarray(rgba).save(partial / "images" / f"{name}.png")
        named = dataclasses.replace(calibration, names=tuple(f"{name}.png" for name in calibration.names))
        if form == "colmap":
            write_calibration(partial / "sparse" / "0", named, "colmap")
        elif form == "native":
            write_calibration(partial / "cameras.json", named)
        else:
            (partial / "transforms.json").write_text(json.dumps(_transforms(named, absent)))


def _turn(axis, angle):
    cosine, sine = np.cos(angle), np.sin(angle)
    first, second = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.eye(3)
    matrix[[first, second], [first, second]] = cosine
    matrix[first, second], matrix[second, first] = -sine, sine
    return matrix


def _photo(renderer, calibration, view, scale):
    height, width = HEIGHT * scale, WIDTH * scale
    lens, intrinsics = calibration.lenses[view], calibration.intrinsics[view]
    if lens.ideal:
        return renderer.render(intrinsics, calibration.extrinsics[view], height, width)
    matrix = calibration.resized([[width, height]] * len(calibration.names)).matrices[view]
    pixels = np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1)
    xy = views.pixel_rays(pixels, matrix, lens)[..., :2]
    wide = np.diag([*(1 / (1.02 * np.abs(xy).max((0, 1)))), 1.0])  # sees all that the lens does
    source = renderer.render(wide, calibration.extrinsics[view], 3 * height, 3 * width)
    alpha = source[..., 3:] / 255.0
    weighted = np.concatenate([source[..., :3] * alpha, source[..., 3:]], -1)
    at = np.moveaxis(((xy @ wide[:2, :2] + 1) * [3 * width, 3 * height] - 1) / 2, -1, 0)[::-1]
    seen = np.stack([ndimage.map_coordinates(each, at, order=1) for each in np.moveaxis(weighted, -1, 0)], -1)
    seen[..., :3] /= np.maximum(seen[..., 3:] / 255, 1e-3)
    return np.uint8(np.clip(np.rint(seen), 0, 255))


def _transforms(calibration, absent):
    """Camera to world, y up and looking along -z, the corner of the first pixel at (0, 0)."""
    frames = []
    for name, matrix, extrinsics, lens in zip(
        calibration.names, calibration.matrices, calibration.extrinsics, calibration.lenses, strict=True
    ):
        frame = {"fl_x": matrix[0, 0], "fl_y": matrix[1, 1], "cx": matrix[0, 2] + 0.5, "cy": matrix[1, 2] + 0.5}
        frame |= {"w": WIDTH, "h": HEIGHT, **dict(zip(("k1", "k2", "p1", "p2"), lens.coefficients, strict=False))}
        pose = np.linalg.inv(extrinsics) @ FLIP
        frames.append({"file_path": f"images/{name}", "transform_matrix": pose.tolist(), **frame})
    for number in range(absent):
        pose = np.array(frames[0]["transform_matrix"])
        pose[:3, 3] += number + 1
        frames.append({**frames[0], "file_path": f"images/lost_{number}.png", "transform_matrix": pose.tolist()})
    return {"camera_model": "OPENCV", "frames": frames}
