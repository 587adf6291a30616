"""What version 0.1.0 wrote still loads, gives the numbers of then, and goes on where it was stopped.

README.md says how the files were made. Modules may move: only the command line, the models, Keras and TensorFlow are
used here, and the files themselves.
"""

import csv
import json
import shutil
import tarfile
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfkeypoints.control.methods  # noqa: F401  (registers classes)
from tests.compatibility.commands import COMMANDS
from tests.compatibility.images import thinned, write_photos, write_recording
from tfkeypoints import cli
from tfkeypoints.models import Keypoint3D, KeypointNet, OrientationNet

OLD = Path(__file__).parent / "version_0_1_0"
CLOSE = 1e-4
"""Share of an array's largest value by which outputs may differ: processors sum in different orders."""
ROUNDING = 2e-6
"""The same in absolute terms, for sums of terms of size 1 that nearly cancel, such as `uv` near the middle."""
RENAMED = {"spread": "std"}
"""Outputs of then to their names now."""
CLOSE_AFTER_STEPS = 1e-3
"""The same for what follows from some training steps."""


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """A copy of the old data sets, at the place that this machine gives to it."""
    return shutil.copytree(OLD / "data", tmp_path_factory.mktemp("compatibility") / "data").resolve()


@pytest.fixture
def old_run(data_dir, tmp_path):
    """Copies an old run, and names in its configuration the folder where its data lies now.

    `data_dir` is an absolute path there, and one of the options that must not change when a training goes on.
    """

    def copied(name):
        folder = shutil.copytree(OLD / "runs" / name, tmp_path / name)
        file = folder / "config.json"
        config = json.loads(file.read_text())
        if "data_dir" in config:
            config["data_dir"] = str(data_dir)
            file.write_text(json.dumps(config))
        return folder

    return copied


def command_of(name, folder, data_dir):
    """The command with which a run was started."""
    of_data = [] if name.startswith("policy") else ["--data-dir", str(data_dir)]
    return [*COMMANDS[name], *of_data, "--run", str(folder)]


def kept(name, kind):
    """What was kept of a model: its "input", its "output", or what was "predicted" on the command line."""
    with np.load(OLD / "expected" / f"{name}.npz") as arrays:
        return {key.removeprefix(f"{kind}/"): arrays[key] for key in arrays.files if key.startswith(f"{kind}/")}


def assert_close(found, expected):
    """Every array that is expected was found, and differs by no more than `CLOSE` of its largest value."""
    expected = {key if key in found else RENAMED.get(key, key): value for key, value in expected.items()}
    assert expected and expected.keys() <= found.keys()
    for key, value in expected.items():
        value_found = thinned(np.asarray(found[key]))
        np.testing.assert_allclose(
            value_found, value, rtol=CLOSE, atol=max(CLOSE * np.abs(value).max(), ROUNDING), err_msg=key
        )


def read_history(path):
    """The columns of a history that do not tell times, one array each."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    return {key: np.float64([row[key] for row in rows]) for key in rows[0] if not key.startswith("seconds")}


@pytest.mark.parametrize(
    "file",
    ["runs/keypointnet/model", "runs/keypoint3d/model", "models/keypoint3d_separate", "models/orientation"],
)
def test_a_model_answers_as_it_did(file):
    name = file.split("/")[1]
    assert {Keypoint3D, KeypointNet, OrientationNet}  # Keras knows the classes that were imported
    model = keras.models.load_model(OLD / f"{file}.keras", compile=False)
    assert_close(model(kept(name, "input"), training=False), kept(name, "output"))


@pytest.mark.parametrize("name", ["policy_of_states", "policy_of_keypoints"])
def test_a_policy_acts_as_it_did(name):
    agent = keras.models.load_model(OLD / "runs" / name / "model.keras", compile=False)
    assert_close(agent.act(kept(name, "input"), deterministic=True), kept(name, "output"))


@pytest.mark.parametrize("name", ["keypointnet", "keypoint3d"])
def test_an_exported_model_answers_as_it_did(name, tmp_path):
    folder = unpacked_export(name, tmp_path)
    assert_exported_is_close(folder, "detect", kept(name, "input"), kept(name, "output"))


@pytest.mark.parametrize("name", ["keypoint3d", "policy_of_states"])
def test_an_old_run_is_exported_for_the_clients_of_old_exports(name, old_run, tmp_path):
    folder = tmp_path / "new" / "1"
    assert cli.main(["export", str(old_run(name)), "--out", str(folder)]) == 0
    if name == "keypoint3d":
        assert_exported_is_close(folder, "detect", kept(name, "input"), kept(name, "output"))
        old, new = (
            json.loads((each / "model_card.json").read_text()) for each in (unpacked_export(name, tmp_path), folder)
        )
        assert new["inputs"] == old["inputs"]
        assert new["outputs"] == {RENAMED.get(name, name): dtype for name, dtype in old["outputs"].items()}
    else:
        expected = {"action": kept(name, "output")["environment_action"]}
        assert_exported_is_close(folder, "act", kept(name, "input"), expected)


def unpacked_export(name, folder):
    with tarfile.open(OLD / "exports" / f"{name}.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return folder / name / "1"


def assert_exported_is_close(folder, signature, inputs, expected):
    """A SavedModel gives no maps; what else the model gave is expected."""
    loaded = tf.saved_model.load(str(folder))
    found = loaded.signatures[signature](**{key: tf.constant(value) for key, value in inputs.items()})
    assert_close(found, {key: value for key, value in expected.items() if value.ndim < 5})


@pytest.mark.parametrize(("name", "write"), [("keypointnet_dilated", write_photos), ("keypoint3d", write_recording)])
def test_an_old_run_predicts_as_it_did(name, write, old_run, tmp_path):
    words, out = write(tmp_path / "images", kept(name, "input")), tmp_path / "predictions"
    assert cli.main(["predict", str(old_run(name)), *words, "--out", str(out)]) == 0
    with np.load(out / "keypoints.npz") as found:
        assert_close(found, kept(name, "predicted"))


@pytest.mark.parametrize("name", ["keypointnet_dilated", "keypoint3d", "policy_of_states"])
def test_an_old_run_is_measured_as_it_was(name, old_run):
    folder = old_run(name)
    words = ["control", "evaluate", "--episodes", "4", "--num-envs", "2"] if name.startswith("policy") else ["evaluate"]
    assert cli.main([*words, str(folder)]) == 0
    found = json.loads((folder / "metrics.json").read_text())
    assert_same_metrics(found, json.loads((OLD / "expected" / f"{name}_metrics.json").read_text()))


def assert_same_metrics(found, expected):
    """Whatever was measured then is measured now: numbers agree, words are the same."""
    if isinstance(expected, dict):
        for key in expected.keys() - {"alarms"}:
            assert_same_metrics(found[key], expected[key])
    else:
        number = isinstance(expected, float)
        assert found == (pytest.approx(expected, rel=CLOSE_AFTER_STEPS) if number else expected)


@pytest.mark.parametrize(
    ("name", "first_stays_best"), [("keypointnet", False), ("keypoint3d", True), ("policy_of_keypoints", False)]
)
def test_a_training_that_was_killed_goes_on(name, first_stays_best, old_run, data_dir):
    folder = old_run(name)
    before = (folder / "model.keras").read_bytes()
    assert cli.main(command_of(name, folder, data_dir)) == 0
    found = read_history(folder / "history.csv")
    expected = read_history(OLD / "expected" / f"{name}_history.csv")
    assert expected.keys() <= found.keys()
    for key, values in expected.items():
        np.testing.assert_allclose(found[key], values, rtol=CLOSE_AFTER_STEPS, err_msg=key)
    assert ((folder / "model.keras").read_bytes() == before) == first_stays_best


def test_a_finished_training_is_known_as_one(old_run, data_dir, capsys):
    folder = old_run("keypointnet")
    shutil.move(folder / "checkpoints" / "epoch_00001.npz", folder / "checkpoints" / "epoch_00002.npz")
    assert cli.main(command_of("keypointnet", folder, data_dir)) == 0
    assert "is finished already" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "option", "difference"),
    [
        ("keypointnet", "--seed", "seed: 0 -> 5"),
        ("keypointnet", "--filters", "filters: 2 -> 5"),
        ("keypointnet", "--separation", "separation: 20.0 -> 5.0"),
        ("keypointnet", "--separation-delta", "separation_delta: 0.04 -> 5.0"),
        ("keypointnet", "--mean-depth", "mean_depth: None -> 5.0"),
        ("keypointnet_dilated", "--learning-rate", "learning_rate: 0.002 -> 5.0"),
        ("keypoint3d", "--crop-size", "crop_size: 24 -> 5"),
        ("keypoint3d", "--coverage", "coverage: 0.05 -> 5.0"),
        ("keypoint3d", "--world-scale", "world_scale: 0.4 -> 5.0"),
        ("keypoint3d", "--ramp-end", "ramp_end: 1 -> 5"),
        ("policy_of_keypoints", "--horizon", "horizon: 8 -> 5"),
        ("policy_of_keypoints", "--clip", "clip: 0.2 -> 5.0"),
    ],
)
def test_other_options_than_those_of_then_are_refused(name, option, difference, old_run, data_dir, capsys):
    folder = old_run(name)
    assert cli.main([*command_of(name, folder, data_dir), option, "5"]) == 2
    assert difference in capsys.readouterr().err
