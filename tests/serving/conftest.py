"""A tiny KeypointNet, never trained, as a run and exported; shared by the tests of serving."""

import numpy as np
import pytest

from tests.serving.examples import CHANNELS, HEIGHT, KEYPOINTS, WIDTH, make_inputs


@pytest.fixture(scope="session")
def keypointnet():
    from tfkeypoints.models import KeypointNet

    model = KeypointNet(num_keypoints=KEYPOINTS, filters=4, dilations=(1, 2), first_stride=2)
    model(make_inputs(1, 1))
    return model


@pytest.fixture(scope="session")
def model_run(keypointnet, tmp_path_factory):
    from tfkeypoints import files
    from tfkeypoints.run import Run

    run = Run(tmp_path_factory.mktemp("runs") / "tiny")
    run.folder.mkdir()
    keypointnet.save(run.model_file)
    images = {"shape": [1, HEIGHT, WIDTH, CHANNELS], "intrinsics": np.diag([20.0, 30.0, 1.0]).tolist()}
    files.write_json(run.config_file, {"model": "keypointnet", "data": "nothing/here", "images": images})
    return run


@pytest.fixture(scope="session")
def exported(keypointnet, model_run, tmp_path_factory):
    """NAME, with version 1."""
    from tfkeypoints import export
    from tfkeypoints.serving import card

    folder = tmp_path_factory.mktemp("exported") / "tiny"
    described = card.describe(model_run, keypointnet)
    export.save(keypointnet, folder / "1", (HEIGHT, WIDTH, CHANNELS), described)
    return folder
