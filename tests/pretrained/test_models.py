"""The models that come along: their files are whole, their cards true to them, and they load by name."""

import importlib
import re

import numpy as np
import pytest

from tests.docs import pages
from tfkeypoints import cli, files, models, pretrained
from tfkeypoints.pretrained import card as model_card
from tfkeypoints.pretrained import make
from tfkeypoints.pretrained.run import PretrainedRun, sha256
from tfkeypoints.training.run import Run

NAMES = pretrained.names()
CLASSES = {"keypointnet": "KeypointNet", "keypoint3d": "Keypoint3D"}
LARGEST, LARGEST_OF_ALL = 4_000_000, 20_000_000


def card_of(name):
    return files.read_json(pretrained.FOLDER / name / "card.json")


def test_there_are_some_and_all_are_small():
    assert NAMES
    sizes = [path.stat().st_size for path in pretrained.FOLDER.rglob("*") if path.is_file()]
    assert sum(sizes) < LARGEST_OF_ALL


@pytest.mark.parametrize("name", NAMES)
def test_a_card_is_of_the_weights_that_lie_beside_it(name):
    run, card = Run.open(name), card_of(name)
    assert isinstance(run, PretrainedRun)
    assert (card["name"], card["licence"], run.metrics) == (name, "Apache-2.0", card["metrics"])
    assert card["bytes"] == run.model_file.stat().st_size < LARGEST
    assert card["sha256"] == sha256(run.model_file)
    assert (run.folder / "README.md").read_text() == model_card.markdown(card)
    assert card["metrics"]["split"] == "test" and card["metrics"].keys() >= {"trained", "untrained"}


@pytest.mark.parametrize("name", NAMES)
def test_a_configuration_names_nothing_of_the_machine_that_trained(name):
    for path in ("config.json", "card.json"):
        assert not re.search(r'"/|"\w:\\\\|/tmp|/home|/root', (pretrained.FOLDER / name / path).read_text())
    assert Run.open(name).config["data_dir"] is None


@pytest.mark.parametrize("name", NAMES)
def test_the_training_of_a_card_has_the_options_of_its_run(name):
    command, run = card_of(name)["commands"]["training"].split(), Run.open(name)
    assert command[0] == "tfkeypoints"
    training = cli._parse(" ".join(command[1:3]), command[3:])
    run.check(training.config(), run.recipe.upgrade)


@pytest.mark.parametrize("name", NAMES)
def test_a_model_is_loaded_by_its_name(name):
    run = Run.open(name)
    model = getattr(models, CLASSES[run.config["model"]]).from_preset(name)
    shape = run.config["images"]["shape"]
    views = run.recipe.fixed_views(model)
    image = np.random.default_rng(0).integers(0, 256, (1, views, *shape[1:]), np.uint8)
    cameras = {"intrinsics": np.eye(3, dtype=np.float32), "extrinsics": np.eye(4, dtype=np.float32)}
    inputs = {"image": image, **{key: np.tile(value, (1, views, 1, 1)) for key, value in cameras.items()}}
    uv = np.asarray(run.recipe.detect(model, inputs)["uv"])
    assert uv.shape == (1, views, card_of(name)["num_keypoints"], 2)
    assert np.isfinite(uv).all() and np.abs(uv).max() <= 1
    assert {str(weight.dtype) for weight in model.trainable_weights} == {"float32"}
    assert model.count_params() == card_of(name)["parameters"]


@pytest.mark.parametrize("kind", CLASSES.values())
def test_an_unknown_name_lists_those_that_there_are(kind):
    method = kind.lower()
    with pytest.raises(ValueError, match=r"`preset` should be one of .*Received: preset='tables'") as error:
        getattr(models, kind).from_preset("tables")
    assert all(name in str(error.value) for name in pretrained.names(method))
    with pytest.raises(ValueError, match="or one of the pretrained models") as error:
        Run.open("tables")
    assert all(name in str(error.value) for name in NAMES)


def test_the_page_lists_what_there_is(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(pages.read("docs/pretrained.md"))
    make.list_on_page(page)
    assert page.read_text() == pages.read("docs/pretrained.md")
    assert all(f"[`{name}`]" in page.read_text() for name in NAMES)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_what_evaluate_measures_is_what_the_card_says(name, tmp_path, monkeypatch):
    card = card_of(name)
    simulated = card["data"]["name"].startswith("robot_scenes/")
    if simulated and importlib.util.find_spec("metaworld") is None:
        pytest.skip("metaworld is not installed (extra `robots`)")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["evaluate", name]) == 0
    report = files.read_json(tmp_path / "runs/pretrained" / name / "metrics.json")["trained"]
    for key, value in card["metrics"]["trained"].items():
        if isinstance(value, float):
            assert report[key] == pytest.approx(value, rel=1e-3, abs=1e-3), key
        else:
            assert value is None or isinstance(value, int | dict), key
