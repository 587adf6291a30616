"""Files that other programs wrote themselves, read and compared with those programs' own projections."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.cameras.files import rig
from tfkeypoints.calibration import read_calibration

FILES = Path(__file__).parents[1] / "files"
COLMAP = ("cameras", "images")
CALISCOPE = ("camera_array", "camera_array_aniposelib")
EXACT = 1e-6  # pixels: both sides compute in float64, and the files hold 16 digits
GENUINE = [
    *[(f"opencv{version}_folder/cameras", f"opencv{version}_folder") for version in (4, 5)],
    *[(f"opencv{version}_fisheye/cameras", f"opencv{version}_fisheye") for version in (4, 5)],
    *[(f"opencv{v}_nodes/cameras.{kind}", f"opencv{v}_nodes") for v in (4, 5) for kind in ("yml", "xml", "json")],
    *[(f"{model}/{kind}", model) for model in ("colmap", "colmap_rig") for kind in ("text", "binary")],
    *[(f"{kind}/calibration.json", kind) for kind in ("multical", "multical_rational", "multical_fisheye")],
    *[(f"{kind}/calibration.toml", kind) for kind in ("anipose", "anipose_fisheye")],
    *[(f"{kind}/{name}.toml", kind) for kind in ("caliscope", "caliscope_fisheye") for name in CALISCOPE],
    ("pose2sim/Calib_scene.toml", "pose2sim"),
    ("sleap/session.slp", "opencv4_folder"),  # sleap-io projects nothing; its cameras are OpenCV's
]


def peer(folder):
    record = json.loads((FILES / folder / "projected.json").read_text())
    return list(record["pixels"]), np.array(record["points_world"]), np.array(list(record["pixels"].values()))


@pytest.mark.parametrize(("path", "folder"), GENUINE)
def test_the_points_lie_where_the_program_that_wrote_the_file_sees_them(path, folder):
    names, points, pixels = peer(folder)
    found = read_calibration(FILES / path)
    assert list(found.names) == names
    np.testing.assert_array_equal(found.sizes, [rig.SIZES[index % 3] for index in range(len(names))])
    np.testing.assert_allclose(found.project(points), pixels, atol=EXACT)


@pytest.mark.parametrize(("kind", "suffix"), [("text", ".txt"), ("binary", ".bin")])
def test_a_model_of_an_older_colmap_has_neither_rigs_nor_frames(tmp_path, kind, suffix):
    for table in COLMAP:
        shutil.copy(FILES / f"colmap/{kind}/{table}{suffix}", tmp_path)
    names, points, pixels = peer("colmap")
    found = read_calibration(tmp_path)
    assert list(found.names) == names
    np.testing.assert_allclose(found.project(points), pixels, atol=EXACT)
