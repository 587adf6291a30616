"""A tiny data set and a run on it, shared by the tests of the commands."""

import pytest

OPTIONS = {
    "image_size": 32, "train_instances": 4, "validation_instances": 2, "test_instances": 2, "train_examples": 2,
    "evaluation_examples": 1,
}  # fmt: skip


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def data_name(data_dir):
    from tfkeypoints import data

    info = data.build("rendered_objects/chairs_64", data_dir, **OPTIONS).info
    return f"{info.name}/{info.config_name}"


@pytest.fixture(scope="session")
def arguments(data_name, data_dir):
    """What trains a tiny model within seconds."""
    options = {
        "--preset": "demo", "--data": data_name, "--data-dir": data_dir, "--filters": 4, "--num-keypoints": 4,
        "--steps": 4, "--validate-every": 2, "--batch-size": 4, "--num-views": 4,
    }  # fmt: skip
    return [str(word) for pair in options.items() for word in pair]


@pytest.fixture(scope="session")
def run(arguments, tmp_path_factory):
    from tfkeypoints import cli
    from tfkeypoints.training.run import Run

    folder = tmp_path_factory.mktemp("runs") / "tiny"
    assert cli.main(["train", "keypointnet", *arguments, "--run", str(folder)]) == 0
    return Run.open(folder)


@pytest.fixture(scope="module")
def place(tmp_path_factory, data_dir):
    """Where pretrained models lie in these tests: a folder of their own; their data is that of the run."""
    from tensorflow_datasets.core import constants

    from tfkeypoints import pretrained

    folder = tmp_path_factory.mktemp("models")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pretrained, "FOLDER", folder / "pretrained")
        patch.setattr(constants, "DATA_DIR", str(data_dir))
        patch.chdir(folder)
        yield folder
