"""Lets multical write camera files: `python make_multical.py` with multical 0.4.0 (and numpy 1.26)."""

import shutil
from importlib.metadata import version
from pathlib import Path

import numpy as np
import rig
from multical.camera import Camera
from multical.camera_fisheye import CameraFisheye
from multical.io.export_calib import export
from multical.optimization.pose_set import PoseSet
from multical.tables import Table
from structs.struct import struct

HERE = Path(__file__).parent
POSES = np.tile(np.eye(4), (3, 1, 1))
POSES[:, :3, :3], POSES[:, :3, 3] = rig.ROTATIONS, rig.TRANSLATIONS


def cameras(kind, coefficients, model):
    groups = zip(rig.SIZES, rig.MATRICES, coefficients, strict=True)
    return [kind(size, matrix, each, model=model) for size, matrix, each in groups]


def save(name, these, master=None):
    """Exports as `multical calibrate` does: with a master, poses are relative to that camera."""
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    poses = PoseSet(Table.create(poses=POSES, valid=np.ones(3, bool)), list(rig.NAMES))
    points = rig.POINTS
    if master is not None:
        inverse = np.linalg.inv(poses[master])
        poses = poses.post_transform(inverse)
        points = points @ POSES[rig.NAMES.index(master), :3, :3].T + POSES[rig.NAMES.index(master), :3, 3]
    calibration = struct(cameras=these, camera_poses=poses, with_master=lambda _: calibration)
    images = [[f"{camera}/{number}.png" for number in (1, 2)] for camera in rig.NAMES]
    names = struct(camera=list(rig.NAMES), image=["1.png", "2.png"])
    export(str(folder / "calibration.json"), calibration, names, images, master=master)
    seen = [points @ pose[:3, :3].T + pose[:3, 3] for pose in poses.poses]
    pixels = [camera.project(each.astype(np.float64)) for camera, each in zip(these, seen, strict=True)]
    rig.save(folder, f"multical {version('multical')}", pixels, points)


rational = np.concatenate([rig.PINHOLE, rig.RATIONAL], 1)
save("multical", cameras(Camera, rig.PINHOLE[:, None], "standard"), master="left")
save("multical_rational", cameras(Camera, rational[:, None], "rational"))
save("multical_fisheye", cameras(CameraFisheye, rig.FISHEYE[:, :, None], "standard"), master="middle")
