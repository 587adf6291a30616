"""Writes files of the formats whose programs cannot be run here, from their documentation, by the tests' own writers.

    python -m tests.cameras.files.make_documented

Their pixels are those of `by_hand.py`. `benchmarks/camera_file_fuzzer.py` mutates them beside the genuine files.
"""

import json
import shutil
from pathlib import Path

from tests.cameras.files import rig
from tests.cameras.formats import by_hand, test_dannce, test_easymocap, test_jarvis, test_kalibr, test_qualisys
from tests.cameras.formats import test_transforms as transforms

HERE = Path(__file__).parent


def native():
    records = {}
    for index, name in enumerate(rig.NAMES):
        (fx, _, cx), (_, fy, cy), _ = rig.MATRICES[index].tolist()
        (width, height), lens = rig.SIZES[index], rig.PINHOLE[index].tolist()
        record = {"fx": fx, "fy": fy, "cx": cx, "cy": cy, "width": width, "height": height, "distortion": lens}
        records[name] = record | {"extrinsics": test_kalibr.pose(index).tolist()}
    return json.dumps(records, indent=1)


def write(name, fill, pixels=None, points=rig.POINTS, names=rig.NAMES):
    folder = HERE / "documented" / name
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "cameras").mkdir(parents=True)
    fill(folder / "cameras")
    rig.save(folder, "by_hand.py", by_hand.rig_pixels() if pixels is None else pixels, points, names)


def jarvis(folder):
    lenses = [{"distortionCoefficients": lens[None]} for lens in rig.PINHOLE]
    cameras = {name: test_jarvis.camera(index, **lenses[index]) for index, name in enumerate(rig.NAMES)}
    test_jarvis.write(folder, cameras)


def nerfstudio(folder):
    frames = [transforms.frame(index) for index in range(3)]
    (folder / "transforms.json").write_text(json.dumps({"camera_model": "OPENCV", "frames": frames}, indent=1))


write("native", lambda folder: (folder / "cameras.json").write_text(native()))
write("easymocap", lambda folder: test_easymocap.fill(folder), names=("00", "01", "02"))
write("jarvis", jarvis)
write("transforms", nerfstudio, names=[f"images/{name}.png" for name in rig.NAMES])
write(
    "kalibr",
    lambda folder: (folder / "camchain.yaml").write_text(test_kalibr.chain()),
    by_hand.rig_pixels(test_kalibr.RADTAN),
    test_kalibr.POINTS_FIRST,
    ("cam0", "cam1", "cam2"),
)
write("qualisys", lambda folder: (folder / "Calib.qca.txt").write_text(test_qualisys.text()))
write(
    "dannce7.3",
    lambda folder: test_dannce.session_7_3(folder / "session.mat"),
    [test_dannce.in_matlab(index) - 1 for index in range(3)],
)
write(
    "dannce",
    lambda folder: test_dannce.session(folder / "session.mat"),
    [test_dannce.in_matlab(index) - 1 for index in range(3)],
    names=("Camera1", "Camera2", "Camera3"),
)
