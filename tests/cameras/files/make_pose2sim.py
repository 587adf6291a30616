"""Lets Pose2Sim write its camera file: `python make_pose2sim.py calibration.py` with that file of Pose2Sim 0.10.49.

Only the writer is taken out of the module, which imports most of Pose2Sim. With OpenCV, here 4.14.0.94, Pose2Sim
projects.
"""

import ast
import shutil
import sys
from pathlib import Path

import cv2
import rig

source = Path(sys.argv[1]).read_text()
writer = next(node for node in ast.parse(source).body if getattr(node, "name", None) == "toml_write")
space = {}
exec(compile(ast.Module([writer], []), sys.argv[1], "exec"), space)
folder = Path(__file__).parent / "pose2sim"
shutil.rmtree(folder, ignore_errors=True)
folder.mkdir()
names = [f"cam_{name}" for name in rig.NAMES]
sizes = [[float(side) for side in size] for size in rig.SIZES]
lenses = rig.PINHOLE[:, :4]
space["toml_write"](folder / "Calib_scene.toml", names, sizes, lenses, rig.MATRICES, rig.VECTORS, rig.TRANSLATIONS)
groups = zip(rig.VECTORS, rig.TRANSLATIONS, rig.MATRICES, lenses, strict=True)
pixels = [cv2.projectPoints(rig.POINTS[:, None], *each)[0][:, 0] for each in groups]
rig.save(folder, "Pose2Sim 0.10.49", pixels, names=names)
