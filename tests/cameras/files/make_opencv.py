"""Lets OpenCV write camera files: `python make_opencv.py` with opencv-python-headless 4.14.0.94, and with 5.0.0.93."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import rig

HERE = Path(__file__).parent
MAJOR = cv2.__version__.split(".")[0]
COEFFICIENTS = np.concatenate([rig.PINHOLE, rig.RATIONAL], 1)


def write(path, fill):
    storage = cv2.FileStorage(str(path), cv2.FILE_STORAGE_WRITE)
    fill(storage)
    storage.release()


def camera(storage, index, lens):
    storage.write("calibration_time", "Sun 29 Nov 2026 10:11:12")
    storage.write("image_width", rig.SIZES[index][0])
    storage.write("image_height", rig.SIZES[index][1])
    if lens is rig.FISHEYE:
        storage.write("fisheye_model", 1)
    storage.write("camera_matrix", rig.MATRICES[index])
    storage.write("distortion_coefficients", lens[index][:, None])
    storage.write("avg_reprojection_error", 0.2345)
    storage.write("R", rig.ROTATIONS[index])
    storage.write("T", rig.TRANSLATIONS[index][:, None])


def nodes(storage):
    storage.writeComment("three cameras: one node each")
    for index, name in enumerate(rig.NAMES):
        storage.startWriteStruct(name, cv2.FileNode_MAP)
        storage.startWriteStruct("image_size", cv2.FileNode_SEQ | cv2.FileNode_FLOW)
        for each in rig.SIZES[index]:
            storage.write("", each)
        storage.endWriteStruct()
        storage.write("K", rig.MATRICES[index])
        storage.write("D", COEFFICIENTS[index][None])
        storage.write("rvec", rig.VECTORS[index][:, None])
        storage.write("tvec", rig.TRANSLATIONS[index][:, None])
        storage.endWriteStruct()


def project(coefficients, function=cv2.projectPoints):
    points = rig.POINTS[:, None]
    groups = zip(rig.VECTORS, rig.TRANSLATIONS, rig.MATRICES, coefficients, strict=True)
    return [function(points, vector, shift, matrix, each)[0][:, 0] for vector, shift, matrix, each in groups]


def fisheye(points, vector, shift, matrix, coefficients):
    return cv2.fisheye.projectPoints(points, vector, shift, matrix, coefficients)


for lens, suffix, label, function in (
    (rig.PINHOLE, "yml", "folder", cv2.projectPoints),
    (rig.FISHEYE, "xml", "fisheye", fisheye),
):
    folder = HERE / f"opencv{MAJOR}_{label}"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "cameras").mkdir(parents=True)
    for index, name in enumerate(rig.NAMES):
        write(folder / f"cameras/{name}.{suffix}", lambda storage, i=index, of=lens: camera(storage, i, of))
    rig.save(folder, f"OpenCV {cv2.__version__}", project(lens, function))
folder = HERE / f"opencv{MAJOR}_nodes"
shutil.rmtree(folder, ignore_errors=True)
folder.mkdir()
for suffix in ("yml", "xml", "json"):
    write(folder / f"cameras.{suffix}", nodes)
rig.save(folder, f"OpenCV {cv2.__version__}", project(COEFFICIENTS))
