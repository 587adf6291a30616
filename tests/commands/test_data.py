import numpy as np
from PIL import Image

from tfkeypoints import cli


def test_info_tells_what_a_data_set_holds(data_name, data_dir, capsys):
    assert cli.main(["data", "info", data_name, "--data-dir", str(data_dir)]) == 0
    text = capsys.readouterr().out
    assert "train 8, validation 2, test 2" in " ".join(text.split())
    assert "uint8 [2, 32, 32, 4]" in text
    assert "foot_front_left" in text
    assert "+x forward" in text


def test_show_draws_examples(data_name, data_dir, tmp_path):
    out = tmp_path / "sheet.png"
    assert cli.main(["data", "show", data_name, "--data-dir", str(data_dir), "--out", str(out), "--examples", "2"]) == 0
    assert np.asarray(Image.open(out)).std() > 1


def test_an_unknown_data_set_is_answered_with_the_known_ones(data_dir, capsys):
    assert cli.main(["data", "build", "rendered_objects/spoons", "--data-dir", str(data_dir)]) == 2
    assert "chairs_64" in capsys.readouterr().err


def test_a_folder_without_meshes_is_an_error(tmp_path, capsys):
    (tmp_path / "mine").mkdir()
    words = ["--manual-dir", str(tmp_path / "mine"), "--data-dir", str(tmp_path / "data")]
    assert cli.main(["data", "build", "rendered_objects/meshes", *words]) == 2
    assert str(tmp_path / "mine") in capsys.readouterr().err


def test_a_data_set_keeps_the_options_that_it_was_built_with(data_name, data_dir, capsys):
    command = ["data", "build", data_name, "--data-dir", str(data_dir), "--image-size"]
    assert cli.main([*command, "64"]) == 2
    assert "was built with image_size=32. Received: image_size=64" in capsys.readouterr().err
    assert cli.main([*command, "32"]) == 0
    assert f"--data {data_name} --data-dir {data_dir}\n" in capsys.readouterr().out
