"""The `transforms.json` of nerfstudio and instant-ngp: a view for each frame, in the order of the files' names.

Reads it, and writes it with a frame for each camera, whose `file_path` is the camera's name.

A frame's matrix takes camera points to the world, with OpenGL's axes (y up, looking along -z); the unit is the file's.
The corner of the first pixel is (0, 0): 0.5 is subtracted from the principal point. A key at the top level stands for
all frames, whatever these say. Where `w` and `h` are absent, as in the files of NeRF's rendered scenes, the size is
that of the image beside the file.

Reference: nerfstudio, "Data conventions" and `nerfstudio_dataparser.py`; instant-ngp, `src/nerf_loader.cu`.
"""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from tfkeypoints import files
from tfkeypoints.cameras import values, views
from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.camera import Camera
from tfkeypoints.cameras.formats import _writing
from tfkeypoints.cameras.source import Source

if TYPE_CHECKING:
    from tfkeypoints.cameras.lens import Lens


NAME = "nerfstudio transforms.json"
FOCAL, ANGLES, CENTRE, SIZE = ("fl_x", "fl_y"), ("camera_angle_x", "camera_angle_y"), ("cx", "cy"), ("w", "h")
DISTORTION = ("k1", "k2", "k3", "k4", "p1", "p2")
SETS = [set(keys.split()) for keys in ("", "k1", "k1 k2", "k1 k2 p1 p2", "k1 k2 k3 p1 p2", "k1 k2 k3 k4")]
SETS.append(set(DISTORTION))
INTRINSICS = (*FOCAL, *ANGLES, *CENTRE, *SIZE, *DISTORTION, "distortion_params")
KINDS = {
    **dict.fromkeys(("SIMPLE_PINHOLE", "PINHOLE", "SIMPLE_RADIAL", "RADIAL", "OPENCV"), "pinhole"),
    "OPENCV_FISHEYE": "fisheye",
}
WITHOUT_EFFECT = (
    *(
        "aabb_scale",
        "scale",
        "offset",
        "up",
        "from_na",
        "render_aabb",
        "sharpness",
        "colmap_im_id",
        "time",
        "timestamp",
    ),
    *("applied_transform", "applied_scale", "orientation_override", "ply_file_path", "fisheye_crop_radius"),
    *("mask_path", "depth_file_path", "depth_path", "enable_depth_loading", "integer_depth_scale", "white_transparent"),
    *("black_transparent", "is_hdr", "n_extra_learnable_dims", "train_filenames", "val_filenames", "test_filenames"),
    *("camera_label", "exposure", "bg_color", "frame_id", "rotation"),
)
"""What concerns the reconstruction and the images' content."""
SUFFIXES = ("", ".png", ".jpg", ".jpeg")
"""Of an image that a frame may name without one."""
FLIP = np.diag([1.0, -1.0, -1.0, 1.0])
MODELS = {"pinhole": ("OPENCV", "k1 k2 p1 p2 k3"), "fisheye": ("OPENCV_FISHEYE", "k1 k2 k3 k4")}
"""Of each kind of lens: what is written, and the coefficients in OpenCV's order."""
SAME_ANGLE = 1e-3
"""How far, as a part, a focal length may be from the one that an angle of view beside it says."""


def recognises(source: Source) -> bool:
    """Whether the source is JSON with frames that have a matrix, or the folder of a `transforms.json`."""
    if source.is_folder:
        return any(each.path.name == "transforms.json" for each in source.files)
    text = source.text or ""
    return text.lstrip().startswith("{") and '"frames"' in text and '"transform_matrix"' in text


def read(source: Source) -> list[Camera]:
    """Reads the frames.

    Raises:
        ValueError: If the file or a frame is incomplete or impossible, or its lens is none of OpenCV's.
    """
    if source.is_folder:
        source = next(each for each in source.files if each.path.name == "transforms.json")
    content = source.json
    if not isinstance(content, dict) or not isinstance(content.get("frames"), list) or not content["frames"]:
        raise ValueError(f"{source} should be JSON with a list of frames. Received: {source.seen()}")
    shared = values.keys(
        f"{source}", content, ("frames",), (*INTRINSICS, "camera_model", "is_fisheye", *WITHOUT_EFFECT)
    )
    frames = [(_name(f"{source}, frame {index}", frame), frame) for index, frame in enumerate(content["frames"])]
    for name, frame in frames:
        differing = {key for key in set(frame) ^ set(frames[0][1]) if key in INTRINSICS}
        if differing:
            received = f"{', '.join(sorted(differing))} in one of them alone"
            raise ValueError(f"{source}, frame `{name}` should have the keys of `{frames[0][0]}`. Received: {received}")
    frames.sort(key=lambda each: PurePosixPath(each[0]).parts)
    folder = source.path.parent
    return [_camera(f"{source}, frame `{name}`", folder, name, frame, shared) for name, frame in frames]


def write(path: str | Path, calibration: Calibration) -> None:
    """Writes the cameras; what reads them sorts them by name.

    Raises:
        ValueError: If a camera has a skew, more than 5 coefficients, no size, or another kind of lens than the first.
    """
    cameras = _writing.cameras(calibration)
    kind = cameras[0].lens.kind
    model, keys = MODELS[kind]
    for camera in cameras:
        if camera.lens.kind != kind:
            raise ValueError(
                f"camera `{camera.name}` should have a {kind} lens, as `{cameras[0].name}` has: {NAME} has one kind of "
                f"lens for all. Received: {camera.lens.kind}"
            )
    frames = [_frame(camera, keys.split()) for camera in cameras]
    if kind == "pinhole" and not any(frame["k3"] for frame in frames):  # instant-ngp has no k3
        frames = [{key: value for key, value in frame.items() if key != "k3"} for frame in frames]
    files.write_json(path, {"camera_model": model, "frames": frames})


def _frame(camera: Camera, keys: Sequence[str]) -> dict[str, Any]:
    width, height = _writing.size(camera, NAME)
    fx, fy, cx, cy = _writing.focal_lengths_and_centre(camera, NAME)
    pose = values.joined(camera.extrinsics[:3, :3].T, views.centres(camera.extrinsics))
    return {
        "file_path": camera.name,
        "w": width,
        "h": height,
        "fl_x": fx,
        "fl_y": fy,
        "cx": cx + 0.5,
        "cy": cy + 0.5,
        **dict(zip(keys, _writing.coefficients(camera, NAME, len(keys)), strict=True)),
        "transform_matrix": (pose @ FLIP).tolist(),
    }


def _name(where: str, frame: Any) -> str:
    optional = (*INTRINSICS, "camera_model", "is_fisheye", *WITHOUT_EFFECT)
    name = values.keys(where, frame, ("file_path", "transform_matrix"), optional)["file_path"]
    if not isinstance(name, str) or not name:
        raise ValueError(f"{where}: `file_path` should be a text. Received: file_path={values.short(name)}")
    return name


def _camera(where: str, folder: Path, name: str, frame: dict[str, Any], shared: dict[str, Any]) -> Camera:
    record = frame | shared
    lens = (*DISTORTION, "distortion_params")
    if any(key in shared for key in lens):  # then those of the frames count for nothing, as in nerfstudio
        record = {key: value for key, value in record.items() if key not in lens or key in shared}
    size = _size(where, folder, name, record)
    fx, fy = _focal_lengths(where, record, size)
    middles = zip(CENTRE, size, strict=True)
    centre = [values.number(where, key, record.get(key, extent / 2)) - 0.5 for key, extent in middles]
    return Camera(
        name=name,
        size=size,
        matrix=values.pixel_matrix(where, "fl_x, fl_y, cx, cy", [[fx, 0, centre[0]], [0, fy, centre[1]], [0, 0, 1]]),
        lens=_lens(where, record),
        extrinsics=_extrinsics(where, record["transform_matrix"]),
    )


def _size(where: str, folder: Path, name: str, record: dict[str, Any]) -> tuple[int, int]:
    """The size of the images as recorded: the file's, or else that of the image."""
    given = [record[key] for key in SIZE if key in record]
    if len(given) == len(SIZE):
        return values.size(where, "w, h", given)
    paths = [folder / f"{name}{suffix}" for suffix in SUFFIXES]
    path = next((path for path in paths if path.is_file()), None)
    if given or path is None:
        raise ValueError(
            f"{where} should have the images' size: w and h, or neither and its image beside it. "
            f"Received: {', '.join(record)}"
        )
    try:
        with Image.open(path) as image:
            return image.size
    except OSError as error:
        raise ValueError(f"{where} has no w and h, and its image can't be read: {error}") from None


def _focal_lengths(where: str, record: dict[str, Any], size: tuple[int, int]) -> tuple[float, float]:
    """Either all of fl_x, fl_y, cx and cy, or an angle of view, of square pixels about the image's middle."""
    given = [key for key in (*FOCAL, *CENTRE) if key in record]
    if len(given) in (0, 4):
        fx, fy = (_focal(where, record, axis, size) for axis in (0, 1))
        if fx is not None:
            return fx, fx if fy is None else fy
    wanted = f"{', '.join((*FOCAL, *CENTRE))}, or {ANGLES[0]} and none of them"
    raise ValueError(f"{where} should have {wanted}. Received: {', '.join(given) or 'none'}")


def _focal(where: str, record: dict[str, Any], axis: int, size: tuple[int, int]) -> float | None:
    length, angle = FOCAL[axis], ANGLES[axis]
    found = values.number(where, length, record[length]) if length in record else None
    if angle not in record:
        return found
    half = values.number(where, angle, record[angle]) / 2
    if not 0 < half < np.pi / 2:
        raise ValueError(f"{where}: `{angle}` should be between 0 and π. Received: {angle}={2 * half}")
    told = size[axis] / 2 / np.tan(half)
    if found is not None and abs(found / told - 1) > SAME_ANGLE:
        received = f"{length}={found}, {angle}={2 * half}, which is {told:.6g} pixels"
        raise ValueError(f"{where}: `{length}` and `{angle}` should say the same. Received: {received}")
    return told if found is None else found


def _lens(where: str, record: dict[str, Any]) -> "Lens":
    kind = KINDS.get(record.get("camera_model", "OPENCV"))
    fisheye = record.get("is_fisheye", kind == "fisheye")
    if kind is None or not isinstance(fisheye, bool) or ("camera_model" in record and fisheye != (kind == "fisheye")):
        told = {key: record[key] for key in ("camera_model", "is_fisheye") if key in record}
        raise ValueError(f"{where} should have one of the models {', '.join(KINDS)}. Received: {values.short(told)}")
    known = [key for key in DISTORTION if key in record]
    if set(known) not in SETS:
        wanted = ", or ".join(" ".join(sorted(each)) for each in SETS if each)
        raise ValueError(f"{where} should have {wanted}. Received: {' '.join(known)}")
    given = [values.number(where, key, record.get(key, 0.0)) for key in DISTORTION]
    if "distortion_params" in record:
        if any(key in record for key in DISTORTION):
            raise ValueError(f"{where} should have its distortion once. Received: k1, … and distortion_params")
        given = values.array(where, "distortion_params", record["distortion_params"], (6,)).tolist()
    k1, k2, k3, k4, p1, p2 = given
    if fisheye and (p1 or p2):
        raise ValueError(f"{where}: a fisheye lens should have no `p1` and `p2`. Received: p1={p1}, p2={p2}")
    if not fisheye and k4:
        raise ValueError(f"{where}: `k4` should be 0, since no lens here has r⁸ in its series. Received: k4={k4}")
    return values.lens(
        where, "k1, k2, p1, p2, k3, k4", [k1, k2, k3, k4] if fisheye else [k1, k2, p1, p2, k3], _kind(fisheye)
    )


def _kind(fisheye: bool) -> str:
    return "fisheye" if fisheye else "pinhole"


def _extrinsics(where: str, value: Any) -> np.ndarray:
    rows = [*value, [0, 0, 0, 1]] if isinstance(value, list) and len(value) == 3 else value
    pose = values.rigid(where, "transform_matrix", rows) @ FLIP
    rotation = pose[:3, :3].T
    return values.joined(rotation, -rotation @ pose[:3, 3])
