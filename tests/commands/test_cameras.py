"""`tfkeypoints cameras` on files that other programs wrote."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.cameras.files import rig
from tests.cameras.formats import by_hand
from tfkeypoints import cli
from tfkeypoints.calibration import read_calibration

FILES = Path(rig.__file__).parent


@pytest.fixture
def toml(tmp_path):
    return shutil.copy(FILES / "anipose" / "calibration.toml", tmp_path)


def test_info_tells_format_cameras_places_and_alarms(toml, capsys):
    assert cli.main(["cameras", "info", str(toml)]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert text.startswith("format: anipose (TOML)")
    assert "middle 800 × 600 905.5 × 913.2" in text
    eyes = [-turned.T @ shift for turned, shift in zip(rig.ROTATIONS, rig.TRANSLATIONS, strict=True)]
    assert " ".join(["left", *(f"{each:.3f}" for each in eyes[0])]) in text
    assert f"middle {np.linalg.norm(eyes[1] - eyes[0]):.3f}" in text
    assert text.endswith("alarms: none")


def test_info_of_cameras_that_do_not_say_their_size(tmp_path, capsys):
    text = (FILES / "opencv4_nodes" / "cameras.yml").read_text().replace("image_size: [ 800, 600 ]", "flags: 0")
    (tmp_path / "cameras.yml").write_text(text)
    assert cli.main(["cameras", "info", str(tmp_path / "cameras.yml")]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "middle ? 905.5 × 913.2 ? ? pinhole (8)" in text
    assert "camera `middle`: its file does not say the size" in text


def test_show_writes_a_page_beside_the_cameras(toml, tmp_path, capsys):
    pytest.importorskip("plotly", reason="plotly is not installed (extra `pages`)")
    assert cli.main(["cameras", "show", str(toml)]) == 0
    assert capsys.readouterr().out.strip() == str((tmp_path / "rig.html").resolve())
    assert "x (unit of calibration.toml)" in (tmp_path / "rig.html").read_text()
    out = tmp_path / "pages" / "a.html"
    assert cli.main(["cameras", "show", str(toml), "--out", str(out)]) == 0
    assert out.exists()


@pytest.mark.parametrize("name", ["rig.json", "rig.toml", "rig.yaml", "transforms.json", "model"])
def test_convert_writes_what_projects_alike(toml, tmp_path, name, capsys):
    assert cli.main(["cameras", "convert", str(toml), str(tmp_path / name)]) == 0
    assert f"{tmp_path / name}: 3 cameras for" in capsys.readouterr().out
    pixels = read_calibration(tmp_path / name).project(rig.POINTS)
    np.testing.assert_allclose(pixels, by_hand.rig_pixels(), rtol=0, atol=1e-9)


def test_convert_says_that_an_order_changes(tmp_path, capsys):
    text = (FILES / "anipose" / "calibration.toml").read_text()
    assert '"left"' in text
    (tmp_path / "a.toml").write_text(text.replace('"left"', '"z"'))
    assert cli.main(["cameras", "convert", str(tmp_path / "a.toml"), str(tmp_path / "transforms.json")]) == 0
    said = capsys.readouterr().out
    assert "the order of the cameras is now that of their names: middle, right, z" in said
    assert "points lie within" in said


def test_convert_refuses_what_the_format_cannot_say(tmp_path, capsys):
    source = str(FILES / "opencv4_nodes" / "cameras.yml")
    assert cli.main(["cameras", "convert", source, str(tmp_path / "a.toml")]) == 2
    assert "camera `left` should have a pinhole lens of 5 coefficients" in capsys.readouterr().err
    assert cli.main(["cameras", "convert", source, str(tmp_path / "a.xml")]) == 2
    assert "Received: path=" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
