"""Lets aniposelib write camera files: `python make_anipose.py` with aniposelib 0.8.0."""

import shutil
from importlib.metadata import version
from pathlib import Path

import numpy as np
import rig
from aniposelib.cameras import Camera, CameraGroup, FisheyeCamera

for name, kind, lenses in (("anipose", Camera, rig.PINHOLE), ("anipose_fisheye", FisheyeCamera, rig.FISHEYE)):
    folder = Path(__file__).parent / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    groups = zip(rig.NAMES, rig.SIZES, rig.MATRICES, lenses, rig.VECTORS, rig.TRANSLATIONS, strict=True)
    cameras = CameraGroup(
        [
            kind(matrix=matrix, dist=lens, size=size, rvec=vector, tvec=shift, name=camera)
            for camera, size, matrix, lens, vector, shift in groups
        ],
        metadata={"error": 0.37, "adjusted": True},
    )
    cameras.dump(str(folder / "calibration.toml"))
    rig.save(folder, f"aniposelib {version('aniposelib')}", np.reshape(cameras.project(rig.POINTS), (3, -1, 2)))
