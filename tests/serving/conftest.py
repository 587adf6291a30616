"""A tiny KeypointNet and a tiny policy, never trained, as runs and exported; shared by the tests of serving."""

import numpy as np
import pytest

from tests.serving.examples import CHANNELS, HEIGHT, KEYPOINTS, WIDTH, make_inputs, make_observations


@pytest.fixture(scope="session")
def keypointnet():
    from tfkeypoints.models import KeypointNet

    model = KeypointNet(num_keypoints=KEYPOINTS, filters=4, dilations=(1, 2), first_stride=2)
    model(make_inputs(1, 1))
    return model


@pytest.fixture(scope="session")
def model_run(keypointnet, tmp_path_factory):
    from tfkeypoints import files
    from tfkeypoints.training.run import Run

    run = Run(tmp_path_factory.mktemp("runs") / "tiny")
    run.folder.mkdir()
    keypointnet.save(run.model_file)
    images = {"shape": [1, HEIGHT, WIDTH, CHANNELS], "intrinsics": np.diag([20.0, 30.0, 1.0]).tolist()}
    files.write_json(run.config_file, {"model": "keypointnet", "data": "nothing/here", "images": images})
    return run


@pytest.fixture(scope="session")
def exported(keypointnet, model_run, tmp_path_factory):
    """NAME, with version 1."""
    from tfkeypoints.inference import export
    from tfkeypoints.serving import card, examples

    folder = tmp_path_factory.mktemp("exported") / "tiny"
    functions = model_run.recipe.signatures(model_run.config, keypointnet)
    shown = [{name: values[0] for name, values in make_inputs(1, 1, seed).items()} for seed in (5, 6)]
    described = card.describe(model_run, keypointnet)
    export.save(keypointnet, folder / "1", functions, described, lambda partial: examples.write(partial, shown))
    return folder


@pytest.fixture(scope="session")
def policy_run(tmp_path_factory):
    """A policy on keypoints, never trained, whose keypoints are normalised."""
    import keras

    from tfkeypoints import files
    from tfkeypoints.control.actions import GaussianActions
    from tfkeypoints.control.agent import Agent
    from tfkeypoints.control.features import KeypointFeatures
    from tfkeypoints.models import Keypoint3D
    from tfkeypoints.training.run import Run

    keras.utils.set_random_seed(1)
    detector = Keypoint3D(num_keypoints=KEYPOINTS, num_views=2, filters=4, levels=2, image_size=(HEIGHT, WIDTH))
    observations = make_observations(64)
    detector({name: observations[name][:, 0] for name in ("image", "intrinsics", "extrinsics")})
    agent = Agent(KeypointFeatures(detector), GaussianActions([-1, 0], [1, 4]), hidden=(8,))
    agent.features.update_statistics({"vector": agent.act(observations)["perceived"]["vector"][None]})
    agent.actions.mean.kernel.assign(10 * agent.actions.mean.kernel)  # a fresh policy hardly minds what it sees
    run = Run(tmp_path_factory.mktemp("runs") / "acting")
    run.folder.mkdir()
    agent.save(run.model_file)
    observation = {name: {"shape": value.shape[1:], "dtype": value.dtype.name} for name, value in observations.items()}
    config = {"model": "policy", "env": "nowhere", "method": "keypoint3d", "observation": observation}
    files.write_json(run.config_file, config)
    return run


@pytest.fixture(scope="session")
def exported_policy(policy_run, tmp_path_factory):
    """NAME, with version 1, made by the command."""
    from tfkeypoints import cli

    folder = tmp_path_factory.mktemp("exported") / "acting"
    assert cli.main(["export", str(policy_run.folder), "--out", str(folder)]) == 0
    return folder
