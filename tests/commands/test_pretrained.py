"""A run is put among the pretrained models, and then taken by its name wherever a run is."""

import shutil

import numpy as np
import pytest
from PIL import Image

from tests.rounding import NETWORK
from tfkeypoints import cli, data, files, pretrained
from tfkeypoints.commands.serve import exported
from tfkeypoints.models import Keypoint3D, KeypointNet
from tfkeypoints.pretrained import card as model_card
from tfkeypoints.pretrained import make as make_module
from tfkeypoints.pretrained.make import make
from tfkeypoints.pretrained.run import OUTPUTS, PretrainedRun, sha256
from tfkeypoints.training.run import Run


@pytest.fixture(scope="module")
def tiny(run, place):
    folder = make(run, "tiny_32", pretrained.FOLDER)
    assert pretrained.names() == pretrained.names("keypointnet") == ["tiny_32"]
    assert [path.name for path in pretrained.FOLDER.iterdir()] == ["tiny_32"]
    return PretrainedRun(folder)


@pytest.fixture
def photo(place, data_name):
    example = next(data.load(data_name, "test").as_numpy_iterator())
    Image.fromarray(example["image"][0]).save(place / "photo.png")
    return "photo.png"


def test_the_card_has_the_figures_of_the_rounded_weights(tiny, run, data_name):
    card = tiny.card
    assert card["sha256"] == sha256(tiny.model_file)
    assert card["data"]["name"] == data_name and card["data"]["options"]["image_size"] == 32
    assert card["commands"]["data"] == f"tfkeypoints data build {data_name}"
    assert card["metrics"] == files.read_json(OUTPUTS / "tiny_32/metrics.json")
    assert set(card["metrics"]) == {"data", "split", "trained", "untrained"}
    assert 0 < card["rounding"]["uv_pixels"] < 0.1
    assert (tiny.folder / "README.md").read_text() == model_card.markdown(card)
    mean = card["metrics"]["trained"]["angular_error_mean_degrees"]
    assert f"{mean:.4g}" in (tiny.folder / "README.md").read_text() and f"{mean:.1f}°" in card["headline"]
    assert tiny.config == {**run.config, "data_dir": None}
    for ours, theirs in zip(tiny.load_model().weights, run.load_model().weights, strict=True):
        ours, theirs = np.asarray(ours), np.asarray(theirs)
        np.testing.assert_array_equal(ours, theirs.astype(np.float16) if theirs.dtype == np.float32 else theirs)


def test_the_command_on_the_card_asks_for_the_same_training(tiny):
    command = tiny.card["commands"]["training"].split()[1:]
    assert {"--preset", "demo", "--filters", "--num-keypoints", "--num-views"} <= {*command}
    config = cli._parse("train keypointnet", command[2:]).config()
    tiny.check({**config, "data_dir": None}, tiny.recipe.upgrade)


def test_a_card_can_be_written_anew_and_keeps_what_was_measured(tiny, monkeypatch, capsys):
    before = tiny.card
    monkeypatch.setattr(make_module, "PAGE", tiny.folder / "no page")
    files.write_json(tiny.card_file, {**before, "commands": {}, "title": ""})
    make_module.main(["--cards"])
    assert tiny.card == before
    for arguments in ([], ["run"], ["run", "name", "--cards"]):
        with pytest.raises(SystemExit):
            make_module.main(arguments)
        assert "give RUN and NAME, or --cards" in capsys.readouterr().err


def test_evaluate_measures_what_the_card_says_and_writes_where_the_user_works(tiny, place):
    before = sorted(path.name for path in tiny.folder.iterdir())
    assert cli.main(["evaluate", "tiny_32"]) == 0
    report = files.read_json(place / OUTPUTS / "tiny_32/metrics.json")
    assert report["trained"] == pytest.approx(tiny.metrics["trained"], rel=1e-6)
    assert (place / OUTPUTS / "tiny_32/pictures/contact_sheet.png").exists()
    assert sorted(path.name for path in tiny.folder.iterdir()) == before


def test_predict_export_and_from_preset_give_what_the_model_gives(tiny, place, photo):
    assert cli.main(["predict", "tiny_32", photo]) == 0
    with np.load(place / OUTPUTS / "tiny_32/predictions/keypoints.npz") as found:
        uv = found["uv"][0]
    image = np.asarray(Image.open(place / photo))[None, None]
    shape = {
        "intrinsics": np.array(tiny.config["images"]["intrinsics"], np.float32),
        "extrinsics": np.eye(4, dtype="f"),
    }
    inputs = {"image": image, **{name: value[None, None] for name, value in shape.items()}}
    np.testing.assert_allclose(KeypointNet.from_preset("tiny_32")(inputs)["uv"][0, 0], uv, **NETWORK)
    assert cli.main(["export", "tiny_32"]) == 0
    card = files.read_json(place / "exported/tiny_32/1/model_card.json")
    assert card["metrics"] == tiny.metrics and card["model_sha256"] == tiny.card["sha256"]


@pytest.mark.slow
def test_serve_exports_once_and_again_for_other_weights(tiny, place, run):
    shutil.rmtree(place / "exported", ignore_errors=True)
    for _ in range(2):
        assert (place / exported("tiny_32")) == place / "exported/tiny_32"
        assert [path.name for path in (place / "exported/tiny_32").iterdir()] == ["1"]
    other = files.read_json(place / "exported/tiny_32/1/model_card.json")
    files.write_json(place / "exported/tiny_32/1/model_card.json", {**other, "model_sha256": "of others"})
    exported("tiny_32")
    assert sorted(path.name for path in (place / "exported/tiny_32").iterdir()) == ["1", "2"]
    assert exported(run.folder) == run.folder


def test_a_run_folder_of_the_name_is_taken_and_other_things_are_not(tiny, place, run, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    pretrained._say.cache_clear()
    (tmp_path / "tiny_32").mkdir()
    assert isinstance(Run.open("tiny_32"), PretrainedRun)
    assert "the pretrained model is taken" in capsys.readouterr().err
    shutil.copytree(run.folder, tmp_path / "tiny_32", dirs_exist_ok=True)
    for _ in range(2):
        assert not isinstance(Run.open("tiny_32"), PretrainedRun)
    assert capsys.readouterr().err.count("the folder of this name is taken, not the pretrained model") == 1


def test_a_class_refuses_the_models_of_another(tiny, run):
    with pytest.raises(ValueError, match="Received: preset='tiny_32', which is of keypointnet"):
        Keypoint3D.from_preset("tiny_32")
    assert KeypointNet.from_preset(run.folder).num_keypoints == 4


def test_damaged_weights_are_refused(tiny, tmp_path):
    shutil.copytree(tiny.folder, tmp_path / "tiny_32")
    content = (tmp_path / "tiny_32/model.keras").read_bytes()
    (tmp_path / "tiny_32/model.keras").write_bytes(content[:-1] + b"x")
    with pytest.raises(ValueError, match=r"the weights that its card is about.*Received: run=tiny_32"):
        PretrainedRun(tmp_path / "tiny_32").load_model()


@pytest.mark.parametrize(
    ("changes", "name", "why"),
    [
        ({}, "Chairs 64", "small letters, digits and underscores"),
        ({"preset": "original"}, "chairs", "of a preset"),
        ({"data": "recordings/own"}, "chairs", "none of your own files"),
        ({"data": None}, "chairs", "none of your own files"),
    ],
)
def test_what_cannot_come_along_is_refused_and_leaves_nothing(run, tmp_path, changes, name, why):
    shutil.copytree(run.folder, tmp_path / "run")
    config = {key: value for key, value in {**run.config, **changes}.items() if value is not None}
    files.write_json(tmp_path / "run/config.json", config)
    with pytest.raises(ValueError, match=why):
        make(Run.open(tmp_path / "run"), name, tmp_path / "models")
    assert not (tmp_path / "models").exists()


def test_show_draws_objects_of_the_test_split_and_a_page(tiny, place, data_name):
    (drawn,) = data.render(data_name, "test", 1)
    stored = {example["instance"]: example for example in data.load(data_name, "test").as_numpy_iterator()}
    np.testing.assert_array_equal(drawn["image"], stored[drawn["instance"].encode()]["image"])
    assert cli.main(["show", "--out", "shown"]) == 0
    page = (place / "shown/index.html").read_text()
    for picture in ("tiny_32/turntable.gif", "tiny_32/contact_sheet.png"):
        assert f'src="{picture}"' in page
        assert np.asarray(Image.open(place / "shown" / picture).convert("RGB")).std() > 1
    assert cli.main(["show", "tables"]) == 2


def test_fine_tuning_starts_from_the_weights_and_says_what_differs(tiny, place, arguments, capsys):
    preset_and_data = arguments[:6]
    command = ["train", "keypointnet", *preset_and_data, "--steps", "2", "--validate-every", "1", "--batch-size", "2"]
    command += ["--num-views", "4", "--from", "tiny_32", "--learning-rate", "1e-9"]
    assert cli.main([*command, "--run", "tuned", "--silhouette", "3"]) == 0
    told = capsys.readouterr().out
    assert "silhouette: 10.0 -> 3.0" in told and "from tiny_32" in told
    run = Run.open("tuned")
    assert run.config["from"] == {"run": "tiny_32", "sha256": tiny.card["sha256"]}
    assert run.config["model_options"]["filters"] == 4
    before, after = tiny.load_model(), run.load_model()
    for ours, theirs in zip(before.trainable_weights, after.trainable_weights, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
    assert after.arguments.silhouette == 3
    assert cli.main([*command, "--run", "tuned"]) == 2
    assert "silhouette: 3.0 -> 10.0" in capsys.readouterr().err
    assert cli.main([*command, "--run", "other", "--num-keypoints", "5"]) == 2
    told = capsys.readouterr().err
    assert "num_keypoints: 4 -> 5" in told and "(4,) -> (5,)" in told
    assert not (place / "other").exists()
