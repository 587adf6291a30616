"""`tfkeypoints cameras check` on images of a body that moves."""

import numpy as np
import pytest
from PIL import Image

from tests.inspection import scenes
from tfkeypoints import cli
from tfkeypoints.calibration import read_calibration, write_calibration


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recorded")
    calibration = scenes.rig()
    scenes.write(folder / "images", calibration, scenes.body(60))
    write_calibration(folder / "cameras.json", calibration)
    return folder


def test_what_fits_is_said_to_fit(recorded, tmp_path, capsys):
    out = tmp_path / "check.png"
    assert (
        cli.main(["cameras", "check", str(recorded / "cameras.json"), str(recorded / "images"), "--out", str(out)]) == 0
    )
    told = capsys.readouterr()
    assert "cameras and recording fit" in told.out and "alarm" not in told.out + told.err
    with Image.open(out) as picture:
        assert picture.width > 900


def test_recordings_that_are_swapped_are_named_and_drawn(recorded, tmp_path, capsys):
    (tmp_path / "images").mkdir()
    for name, other in (("cam0", "cam2"), ("cam1", "cam1"), ("cam2", "cam0")):
        (tmp_path / "images" / name).symlink_to(recorded / "images" / other)
    out = tmp_path / "check.png"
    words = ["cameras", "check", str(recorded / "cameras.json"), str(tmp_path / "images"), "--out", str(out)]
    assert cli.main(words) == 2
    told = capsys.readouterr()
    assert "`cam0` and `cam2` are swapped" in told.out
    assert "do not fit" in told.err
    assert out.exists()


def test_a_recording_in_which_nothing_moves_cannot_be_checked(recorded, tmp_path, capsys):
    for name in ("cam0", "cam1", "cam2"):
        (tmp_path / "images" / name).mkdir(parents=True)
        for frame in range(3):
            source = recorded / "images" / name / "0000.png"
            (tmp_path / "images" / name / f"{frame}.png").symlink_to(source)
    out = tmp_path / "check.png"
    words = ["cameras", "check", str(recorded / "cameras.json"), str(tmp_path / "images"), "--out", str(out)]
    assert cli.main(words) == 2
    assert "nothing moves in cam0, cam1, cam2" in capsys.readouterr().err
    assert not out.exists()


def test_bad_words_are_errors(recorded, tmp_path, capsys):
    words = ["cameras", "check", str(recorded / "cameras.json"), str(recorded / "images")]
    assert cli.main([*words, "--out", str(tmp_path / "check.txt")]) == 2
    assert "`out` should end in .png" in capsys.readouterr().err
    assert cli.main([*words, "--offset", "cam0=x"]) == 2
    assert "CAMERA=FRAMES" in capsys.readouterr().err


def test_cameras_are_written_as_they_would_fit(recorded, tmp_path, capsys):
    """Of a rig with two cameras swapped, one file whose check is clean."""
    (tmp_path / "images").mkdir()
    for name, other in (("cam0", "cam2"), ("cam1", "cam1"), ("cam2", "cam0")):
        (tmp_path / "images" / name).symlink_to(recorded / "images" / other)
    words = ["cameras", "check", str(recorded / "cameras.json"), str(tmp_path / "images")]
    words += ["--out", str(tmp_path / "check.png"), "--write", str(tmp_path / "repaired.json")]
    assert cli.main(words) == 2
    capsys.readouterr()
    found, truth = read_calibration(tmp_path / "repaired.json"), scenes.rig()
    assert found.names == truth.names
    order = [2, 1, 0]
    np.testing.assert_allclose(found.extrinsics, truth.extrinsics[order], atol=1e-12)
    np.testing.assert_allclose(found.matrices, truth.matrices[order], atol=1e-9)
    assert found.lenses == tuple(truth.lenses[view] for view in order)
