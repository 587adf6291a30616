"""Keypoints of photos of objects that are cut out, for models that learnt from captures: windows as in the training."""

import csv
import dataclasses
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from numpy.typing import ArrayLike
from PIL import Image
from tqdm import tqdm

from tfkeypoints import files
from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.camera import Camera
from tfkeypoints.cameras.lens import Lens
from tfkeypoints.data import recordings
from tfkeypoints.data.captures import window
from tfkeypoints.data.captures.find import MASKS, cameras_of, photos_of, some_cameras
from tfkeypoints.data.captures.posed import Posed
from tfkeypoints.inference import images
from tfkeypoints.inference.image_collection import images_at, overlay_names
from tfkeypoints.inference.image_finder import camera_of, draw_overlay
from tfkeypoints.inference.images import Detection
from tfkeypoints.rendering import meshes

if TYPE_CHECKING:
    from tfkeypoints.training.run import Run


POINTS = ("keypoint", "x", "y", "z", "spread", "photos")


def predict(
    run: "Run",
    out: Path,
    path: Path,
    fov: float | None = None,
    intrinsics: Sequence[float] | None = None,
    bits: int | None = None,
) -> None:
    """Finds the keypoints of an object's photos, draws and writes them.

    Args:
        run: A run whose model learnt from captures.
        out: Folder for `overlays/`, `keypoints.csv`, `keypoints.npz`, and of an object whose cameras are known
            `points.csv`, in the frame and unit of the camera file.
        path: The folder of an object with its cameras; or a photo, or a folder of photos, each of which is then asked
            about by itself, in radii of the object.
        fov: Of photos without cameras: the vertical field of view in degrees, or
        intrinsics: fx fy cx cy in pixels; without both, the object is taken to be as far away as those of the training.
        bits: How many of the 16 bits of grey images are used; None detects 12 or 16.

    Raises:
        ValueError: If nothing can be found out about any photo.
    """
    recordings.check_bits(bits)
    model, told = run.load_model(), run.config["windows"]
    side = run.config["images"]["shape"][1]
    if path.is_dir() and cameras_of(path):
        if fov is not None or intrinsics is not None:
            raise ValueError(
                f"`fov` and `intrinsics` are for photos without cameras; {path} holds {cameras_of(path)[0]}"
            )
        _of_object(model, told, side, out, path)
    else:
        _one_by_one(model, told, side, out, path, fov, intrinsics, bits)


def look(
    model: keras.Model, rgba: np.ndarray, one: Calibration, rotation: np.ndarray, focal: float, side: int
) -> Detection:
    """Finds the keypoints in a window of a photo, in its own camera's frame and pixels.

    Args:
        model: A KeypointNet.
        rgba: uint8 `[H, W, 4]`, the photo.
        one: Its camera alone.
        rotation, focal, side: Of the window, see `captures.window.cut`.
    """
    answer = model(
        {
            "image": window.cut(rgba, one, rotation, focal, side)[None, None],
            "intrinsics": np.diag([focal, focal, 1.0]).astype(np.float32)[None, None],
            "extrinsics": np.eye(4, dtype=np.float32)[None, None],
        },
        training=False,
    )
    points, confidence, std = (answer[name][0, 0].numpy() for name in ("points_camera", "confidence", "std"))
    points = np.float64(points) @ np.asarray(rotation)
    matrix = one.matrices[0]
    pixels = one.lenses[0].image(points) @ matrix[:2, :2].T + matrix[:2, 2]
    return Detection(
        uv=2 * (pixels + 0.5) / one.sizes[0] - 1,
        pixels=pixels,
        depth=points[:, 2],
        points_camera=points,
        confidence=confidence,
        std=std[:, 0] / focal * matrix[1, 1],
    )


def window_about(
    silhouette: np.ndarray, size: tuple[int, int], intrinsics: ArrayLike | None, of_mask: float, focal: float
) -> tuple[Calibration, np.ndarray, float]:
    """A window about the object in a photo whose pose is not known.

    Args:
        silhouette: Bool `[h, w]`, of any size.
        size: Width and height of the photo.
        intrinsics: `[3, 3]`, its camera's, normalised; None if they are not known.
        of_mask: How many times larger a window is than the box around a mask.
        focal: The training's usual one.

    Returns:
        The photo's camera, or one with which the window has the usual focal length; the rotation `[3, 3]` from its axes
        to the window's; and the window's focal length.
    """
    places = np.argwhere(silhouette)[:, ::-1]
    scale = np.array(size) / silhouette.shape[::-1]
    low, high = places.min(0) * scale, (places.max(0) + 1) * scale
    middle, extent = (low + high) / 2 - 0.5, of_mask * (high - low).max()
    length = focal * extent / 2
    matrix = np.array([[length, 0, middle[0]], [0, length, middle[1]], [0, 0, 1]])
    one = Calibration.from_cameras([Camera("photo", size, matrix, Lens(), np.eye(4))])
    if intrinsics is not None:
        one = dataclasses.replace(one, intrinsics=np.asarray(intrinsics)[None])
        matrix = one.matrices[0]
    ray = np.linalg.solve(matrix, [*middle, 1.0])
    distance = np.linalg.norm(ray)
    forward = ray / distance
    right = np.cross([0.0, 1.0, 0.0], forward)
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(forward, right), forward])
    return one, rotation, 2 * matrix[1, 1] * distance / extent


def _of_object(model: keras.Model, told: Mapping[str, Any], side: int, out: Path, folder: Path) -> None:
    posed = Posed.of(folder, meshes.frame(told["up"], told["forward"]))
    capture = posed.capture
    for remark in capture.remarks:
        print(remark, file=sys.stderr)
    overlays = overlay_names([photo.source.paths[0] for photo in capture.photos])
    found, world = [], []
    for view, photo in enumerate(tqdm(capture.photos, "Photos", disable=None)):
        rgba, one = photo.read(), some_cameras(capture.calibration, [view])
        pose, focal = posed.aim(view)
        rotation = pose[:3, :3] @ one.extrinsics[0, :3, :3].T
        keypoints = look(model, rgba, one, rotation, focal, side)
        world.append(posed.to_file(_to_world(keypoints.points_camera, one.extrinsics[0])))
        draw_overlay(out / "overlays" / overlays[photo.source.paths[0]], Image.fromarray(rgba), keypoints)
        found.append(_scaled(keypoints, posed.radius))
    names = [photo.name for photo in capture.photos]
    images.write_npz(out / "keypoints.npz", names, found)
    images.write_csv(out / "keypoints.csv", names, found)
    points = np.median(world, 0)
    spread = np.linalg.norm(np.array(world) - points, axis=-1).mean(0)
    _write_points(out / "points.csv", points, spread, len(world))
    print(
        f"{len(found)} photos, {len(points)} keypoints each: {out}\n"
        f"points of {capture.name} in the frame and unit of {capture.cameras}: {out / 'points.csv'}; photos "
        f"differ by {spread.mean():.3g}, of an object of radius {posed.radius:.4g}"
    )


def _one_by_one(
    model: keras.Model,
    told: Mapping[str, Any],
    side: int,
    out: Path,
    path: Path,
    fov: float | None,
    intrinsics: Sequence[float] | None,
    bits: int | None,
) -> None:
    paths = images_at(path)
    folder = path if path.is_dir() else path.parent
    root = folder.parent if (folder.parent / MASKS).is_dir() else folder
    overlays, names, found = overlay_names(paths), [], []
    for each in paths:
        try:
            (photo,) = photos_of([each], root, bits)
            rgba, silhouette = photo.read(), photo.silhouette()
            if not silhouette.any():
                raise ValueError(f"{each} should show an object. Received: a mask that is empty")
        except ValueError as error:
            print(f"skipped: {error}", file=sys.stderr)
            continue
        camera = camera_of(photo.source.size, fov, intrinsics)
        one, rotation, focal = window_about(silhouette, photo.source.size, camera, told["of_mask"], model.focal)
        keypoints = look(model, rgba, one, rotation, focal, side)
        draw_overlay(out / "overlays" / overlays[each], Image.fromarray(rgba), keypoints)
        names.append(each.name)
        found.append(keypoints)
    if not found:
        raise ValueError(f"`images` should hold photos of objects that are cut out. Received: images={path}")
    images.write_npz(out / "keypoints.npz", names, found)
    images.write_csv(out / "keypoints.csv", names, found)
    print(f"{len(found)} photos, {len(found[0].uv)} keypoints each, in radii of the objects: {out}")


def _to_world(points_camera: np.ndarray, extrinsics: np.ndarray) -> np.ndarray:
    return (points_camera - extrinsics[:3, 3]) @ extrinsics[:3, :3]


def _scaled(keypoints: Detection, unit: float) -> Detection:
    return dataclasses.replace(keypoints, depth=unit * keypoints.depth, points_camera=unit * keypoints.points_camera)


def _write_points(path: Path, points: np.ndarray, spread: np.ndarray, photos: int) -> None:
    with files.whole(path) as partial, open(partial, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(POINTS)
        for number, (point, width) in enumerate(zip(points, spread, strict=True)):
            writer.writerow([number, *(f"{value:.6g}" for value in (*point, width)), photos])
