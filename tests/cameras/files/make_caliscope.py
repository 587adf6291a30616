"""Lets caliscope write both its camera files: `python make_caliscope.py` with caliscope 0.11.8."""

import shutil
from importlib.metadata import version
from pathlib import Path

import rig
from caliscope.cameras.camera_array import CameraArray, CameraData
from caliscope.core.reprojection import project_points

for name, lenses in (("caliscope", rig.PINHOLE), ("caliscope_fisheye", rig.FISHEYE)):
    folder = Path(__file__).parent / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    cameras = {
        number: CameraData(
            cam_id=number,
            size=size,
            rotation_count=number - 2,
            error=0.3,
            grid_count=20,
            matrix=matrix,
            distortions=lens,
            rotation=turned,
            translation=shift,
            fisheye=len(lens) == 4,
        )
        for number, (size, matrix, lens, turned, shift) in enumerate(
            zip(rig.SIZES, rig.MATRICES, lenses, rig.ROTATIONS, rig.TRANSLATIONS, strict=True), 1
        )
    }
    CameraArray(cameras).to_toml(folder / "camera_array.toml")
    CameraArray(cameras).to_aniposelib_toml(folder / "camera_array_aniposelib.toml")
    poses = [(camera.extrinsics_to_vector()[:3], camera.translation) for camera in cameras.values()]
    groups = zip(poses, rig.MATRICES, lenses, strict=True)
    pixels = [project_points(rig.POINTS, *pose, matrix, lens, len(lens) == 4) for pose, matrix, lens in groups]
    rig.save(folder, f"caliscope {version('caliscope')}", pixels, names=[f"cam_{number}" for number in cameras])
