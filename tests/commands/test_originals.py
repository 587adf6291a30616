import json
import re

import numpy as np
import pytest
from PIL import Image

from tests.originals.checkpoints import write_checkpoint
from tests.originals.original_keypointnet import infer, random_variables
from tfkeypoints import cli
from tfkeypoints.training.run import Run


@pytest.fixture(scope="module")
def variables():
    return random_variables(np.random.default_rng(0), filters=4, num_keypoints=3)


@pytest.fixture(scope="module")
def checkpoint(variables, tmp_path_factory):
    return write_checkpoint(variables, tmp_path_factory.mktemp("model_dir") / "model.ckpt")


@pytest.fixture(scope="module")
def imported(checkpoint, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "original"
    assert cli.main(["import", "keypointnet", checkpoint, "--run", str(folder)]) == 0
    return Run.open(folder)


def test_a_run_is_made_that_predicts_what_the_original_does(imported, variables, tmp_path, capsys):
    rng = np.random.default_rng(1)
    image = rng.integers(0, 256, (128, 128, 4)).astype(np.uint8)
    image[..., 3] = np.where(rng.uniform(size=(128, 128)) < 0.5, 255, 130)
    image[:30] = 0
    Image.fromarray(image).save(tmp_path / "car.png")
    Image.fromarray(image[..., :3]).save(tmp_path / "opaque.png")
    out = tmp_path / "out"
    assert cli.main(["predict", str(imported.folder), str(tmp_path), "--out", str(out)]) == 0
    told = capsys.readouterr().err
    assert "opaque.png is not cut out: the background is not plain" in told
    assert "1 of them were taken whole, such as opaque.png" in told
    locations, z, _, _ = infer(variables, image[None, ..., :3] / 255)
    with np.load(out / "keypoints.npz") as found:
        assert found["files"].tolist() == ["car.png", "opaque.png"]
        for number in range(2):
            np.testing.assert_allclose(found["uv"][number], locations[0] * [1, -1], atol=1e-4)
            np.testing.assert_allclose(found["depth"][number], -z[0], atol=1e-4)
            # Its pixels have their centres at x = (2 j + 1) / 128 - 1; a camera of 5 degrees sees ±tan(2.5°) a unit.
            pixels = (locations[0] * [1, -1] + 1) * 64 - 0.5
            np.testing.assert_allclose(found["pixels"][number], pixels, atol=64e-4)
            x = locations[0, :, 0] * np.tan(np.deg2rad(2.5)) * -z[0]
            np.testing.assert_allclose(found["points_camera"][number, :, 0], x, atol=1e-4)


def test_the_configuration_tells_where_it_comes_from_and_trains_nothing(imported, checkpoint, capsys):
    config = json.loads(imported.config_file.read_text())
    assert (config["model"], config["steps"], config["checkpoint"]) == ("keypointnet", 200_000, checkpoint)
    assert config["model_options"]["input_range"] == "unit"
    assert config["images"]["shape"][1:] == [128, 128, 4]
    assert cli.main(["import", "keypointnet", checkpoint, "--run", str(imported.folder)]) == 0  # the same again
    before = imported.model_file.read_bytes()
    capsys.readouterr()
    assert cli.main(["train", "keypointnet", "--preset", "paper", "--run", str(imported.folder)]) == 2
    assert "preset: 'original' -> 'paper'" in capsys.readouterr().err
    assert imported.model_file.read_bytes() == before


def test_it_is_exported_and_describes_itself(imported, tmp_path, capsys):
    assert cli.main(["export", str(imported.folder), "--out", str(tmp_path / "exported" / "1")]) == 0
    card = json.loads((tmp_path / "exported" / "1" / "model_card.json").read_text())
    assert (card["num_keypoints"], card["image_shape"]) == (3, [128, 128, 4])
    assert card["training"]["preset"] == "original"
    assert any("of the kind of its own training" in sentence for sentence in card["fits"])


def test_without_a_data_set_there_is_nothing_to_evaluate_on(imported, capsys):
    assert cli.main(["evaluate", str(imported.folder)]) == 2
    assert re.match("error: `run` should be one with a data set: .*--data NAME/CONFIG", capsys.readouterr().err)


def test_with_a_data_set_it_is_evaluated_and_takes_its_camera(checkpoint, data_name, data_dir, tmp_path, capsys):
    of_data = ["--data", data_name, "--data-dir", str(data_dir)]
    assert cli.main(["import", "keypointnet", checkpoint, "--run", str(tmp_path / "run"), *of_data]) == 0
    run = Run.open(tmp_path / "run")
    assert run.config["images"]["shape"][1:] == [32, 32, 4]
    assert run.config["images"]["intrinsics"][0][0] == pytest.approx(1 / np.tan(np.deg2rad(2.5)))
    assert cli.main(["evaluate", str(run.folder)]) == 0
    measured = json.loads(run.metrics_file.read_text())
    assert 0 <= measured["trained"]["angular_error_mean_degrees"] <= 180
    assert (run.pictures / "contact_sheet.png").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--fov", "180"], "`fov` should lie between 0 and 180 degrees. Received: fov=180.0"),
        (["--fov", "5", "--data", "a/b"], "`data` tells the camera; leave `fov` out"),
        (["--data-dir", "somewhere"], "`data_dir` is where `data` lies"),
        (["--data", "no_such/data"], "There is no such data set"),
    ],
)
def test_options_that_make_no_sense_leave_nothing_behind(checkpoint, tmp_path, capsys, options, message):
    assert cli.main(["import", "keypointnet", checkpoint, "--run", str(tmp_path / "run"), *options]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_a_checkpoint_of_something_else_leaves_nothing_behind(tmp_path, capsys):
    prefix = write_checkpoint({"resnet/kernel": np.zeros(3, "float32")}, tmp_path / "model.ckpt")
    assert cli.main(["import", "keypointnet", prefix, "--run", str(tmp_path / "run")]) == 2
    assert "`variables` must hold KeypointNetwork/conv_xy/weights" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
