"""A policy on keypoints: exported by the command, and served."""

import json

import numpy as np
import pytest
import tensorflow as tf

from tests.rounding import NETWORK
from tests.serving import requirements
from tests.serving.examples import make_observations
from tests.serving.running import ask_grpc, rows, serving
from tfkeypoints import cli, files
from tfkeypoints.control.actions import CategoricalActions
from tfkeypoints.control.agent import Agent
from tfkeypoints.control.features import StateFeatures
from tfkeypoints.inference import export
from tfkeypoints.serving import signatures


@pytest.fixture(scope="module")
def server(exported_policy):
    if requirements.missing():
        pytest.skip(requirements.missing())
    with serving(exported_policy) as server:
        yield server


def expect(answer, policy_run, observations):
    expected = policy_run.load_model().act(observations, deterministic=True)
    np.testing.assert_allclose(answer["action"], expected["environment_action"], **NETWORK)
    normalised = {name: 10 * value for name, value in NETWORK.items()}  # what hardly moves is magnified ten times
    np.testing.assert_allclose(answer["value"], expected["value"], **normalised)
    assert np.ptp(answer["action"], 0).min() > 1e-3  # what is seen matters


def test_the_card_says_what_the_policy_takes_and_gives(exported_policy):
    card = files.read_json(exported_policy / "1" / "model_card.json")
    assert card["inputs"] == {
        "act": {
            "image": {"dtype": "uint8", "shape": [-1, 2, 2, 16, 24, 3]},
            "intrinsics": {"dtype": "float32", "shape": [-1, 2, 2, 3, 3]},
            "extrinsics": {"dtype": "float32", "shape": [-1, 2, 2, 4, 4]},
            "proprioception": {"dtype": "float32", "shape": [-1, 2, 3]},
        }
    }
    assert card["outputs"] == {"action": "float32", "value": "float32"}
    assert card["action"] == {"low": [-1, 0], "high": [1, 4]}
    page = (exported_policy / "1" / "model_card.md").read_text()
    assert "# policy for nowhere, method keypoint3d" in page and "| `act` | `image` | uint8 | [free, 2, 2," in page


def test_numbered_actions_are_answered_as_whole_numbers(tmp_path):
    agent = Agent(StateFeatures(), CategoricalActions(5), hidden=(8,))
    state = np.random.default_rng(1).normal(size=(40, 2, 3)).astype(np.float32)
    expected = agent.act({"state": state}, deterministic=True)["action"]
    functions = signatures.of_policy(agent, {"state": {"shape": [2, 3], "dtype": "float32"}})
    export.save(agent, tmp_path / "1", functions)
    answer = tf.saved_model.load(str(tmp_path / "1")).signatures["act"](state=tf.constant(state))
    assert answer["action"].dtype == tf.int32 and len(set(expected.numpy())) > 1
    np.testing.assert_array_equal(answer["action"], expected)


def test_other_formats_are_refused(policy_run, tmp_path, capsys):
    assert cli.main(["export", str(policy_run.folder), "--out", str(tmp_path / "1"), "--also", "onnx"]) == 2
    assert "`also` should be left out for a policy" in capsys.readouterr().err
    assert not (tmp_path / "1").exists()


def test_a_served_policy_acts_as_the_agent_does(server, policy_run):
    observations = make_observations(3, seed=2)
    status, answer = server.predict({"instances": rows(observations)})
    assert status == 200
    expect(
        {name: [row[name] for row in answer["predictions"]] for name in ("action", "value")}, policy_run, observations
    )


def test_a_served_policy_acts_over_grpc(server, policy_run):
    observations = make_observations(3, seed=3)
    expect(ask_grpc(server, observations), policy_run, observations)


def without_a_frame(name):
    observations = make_observations(1)
    return {**observations, name: observations[name][:, 1:]}


REFUSED = {
    "one frame": (without_a_frame("image"), "`image` must have the shape [batch, 2, 2, 16, 24, 3]"),
    "one frame of one": (without_a_frame("proprioception"), "`proprioception` must have the shape [batch, 2, 3]"),
    "transposed": (
        {**make_observations(1), "extrinsics": 2 * make_observations(1)["extrinsics"]},
        "`extrinsics` must be rigid",
    ),
    "too great for a float": (
        {**make_observations(1), "proprioception": np.full((1, 2, 3), 1e99)},
        "`proprioception` must be finite",
    ),
    "the detector's input": ({"image": make_observations(1)["image"]}, "act takes image, intrinsics, extrinsics"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused_with_a_sentence(server, case):
    observations, sentence = REFUSED[case]
    status, answer = server.predict({"instances": rows(observations)})
    assert status == 400 and sentence in answer["error"], answer


def test_inputs_of_different_batches_are_refused_and_the_server_lives_on(server):
    columns = {name: value.tolist() for name, value in make_observations(2).items()}
    for image in (columns["image"][:1], 3):
        status, answer = server.predict({"inputs": {**columns, "image": image}})
        assert status == 400 and "the same first axis" in answer["error"], answer
    assert server.predict({"signature_name": "act", "inputs": columns})[0] == 200
    assert server.predict({"signature_name": "detect", "inputs": columns})[0] == 400


def test_the_open_inference_protocol_tells_what_it_takes(server):
    described = json.loads(server.get("/v2/models/acting"))
    assert {each["name"]: (each["datatype"], each["shape"]) for each in described["inputs"]} == {
        "image": ("UINT8", [-1, 2, 2, 16, 24, 3]),
        "intrinsics": ("FP32", [-1, 2, 2, 3, 3]),
        "extrinsics": ("FP32", [-1, 2, 2, 4, 4]),
        "proprioception": ("FP32", [-1, 2, 3]),
    }
    assert {each["name"]: each["shape"] for each in described["outputs"]} == {"action": [-1, 2], "value": [-1]}
