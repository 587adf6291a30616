"""`tfkeypoints train keypoint3d` and `evaluate` on a few small frames of moving_shapes."""

import json

import numpy as np
import pytest

from tfkeypoints import cli, data, pretrained
from tfkeypoints.models import Keypoint3D
from tfkeypoints.models.keypoint3d.recipe import Keypoint3DRecipe
from tfkeypoints.pretrained.make import make
from tfkeypoints.pretrained.run import PretrainedRun
from tfkeypoints.training.run import Run
from tfkeypoints.training.training import Training

FRAMES = {
    "image_size": 32, "num_views": 2, "num_frames": 4, "train_episodes": 3, "validation_episodes": 1,
    "test_episodes": 2,
}  # fmt: skip

NO_BACKGROUND = {"background": "none", "moving_weight": 0.0, "silhouette": 0.0, "coverage": 0.0}


@pytest.fixture(scope="module")
def frames_name(data_dir):
    info = data.build("moving_shapes/arm_64", data_dir, **FRAMES).info
    return f"{info.name}/{info.config_name}"


@pytest.fixture(scope="module")
def frames_arguments(frames_name, data_dir):
    options = {
        "--data": frames_name, "--data-dir": data_dir, "--filters": 4, "--num-keypoints": 4, "--steps": 4,
        "--validate-every": 2, "--batch-size": 4,
    }  # fmt: skip
    return [str(word) for pair in options.items() for word in pair]


@pytest.fixture(scope="module")
def frames_run(frames_arguments, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "arm"
    assert cli.main(["train", "keypoint3d", *frames_arguments, "--run", str(folder)]) == 0
    return Run.open(folder)


@pytest.mark.parametrize("command", [["train"], ["tune", "--k", "4"]])
def test_a_term_that_the_images_lack_a_channel_for_leaves_no_folder(command, frames_name, data_dir, tmp_path, capsys):
    name, *options = command
    options += ["--data", frames_name, "--data-dir", str(data_dir), "--num-views", "2", "--filters", "4"]
    assert cli.main([name, "keypointnet", *options, "--run", str(tmp_path / "run")]) == 2
    assert "silhouette=0" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_sizes_follow_from_the_data(frames_run):
    model = frames_run.load_model()
    assert (model.num_views, model.image_size) == (2, (32, 32))
    # The cameras of moving_shapes stand 1.65 m from where they look, and see 45 degrees.
    assert model.mean_depth == pytest.approx(1.65, abs=0.01)
    assert model.world_scale == pytest.approx(1.65 * np.tan(np.deg2rad(22.5)) / 2, abs=0.01)


def test_the_residual_is_added_to_the_median_of_the_training_frames(frames_run, frames_name, data_dir):
    images = [example["image"] for example in data.load(frames_name, data_dir=data_dir).as_numpy_iterator()]
    np.testing.assert_allclose(frames_run.load_model().background_images, np.median(images, 0) / 255, atol=1e-5)


def test_the_paper_presets_are_told_the_scene_at_rest(frames_name, data_dir):
    recipe = Keypoint3DRecipe.from_preset("metaworld", crop_size=28, filters=4)
    examples = next(iter(data.load(frames_name, data_dir=data_dir).batch(2)))
    model = Training(recipe=recipe, data=frames_name, data_dir=data_dir).build(
        {name: examples[name] for name in ("image", "intrinsics", "extrinsics")}
    )
    at_rest = next(iter(data.load(frames_name, "background", data_dir=data_dir)))["image"]
    np.testing.assert_allclose(model.background_images, at_rest.numpy() / 255, atol=1e-5)
    assert (model.image_size, model.num_keypoints) == ((28, 28), 32)


@pytest.mark.parametrize(
    ("metres", "options", "warned"), [(0.1, {}, True), (0, {}, False), (0.1, NO_BACKGROUND, False)]
)
def test_a_background_behind_cameras_that_move_is_warned_of(metres, options, warned, frames_name, data_dir, caplog):
    recipe = Keypoint3DRecipe.from_preset("small", filters=4, **options)
    examples = next(iter(data.load(frames_name, data_dir=data_dir).batch(2)))
    examples = {name: examples[name] for name in ("image", "intrinsics", "extrinsics")}
    step = np.zeros((2, 1, 4, 4), np.float32)
    step[1, :, 0, 3] = metres
    recipe.build(examples | {"extrinsics": examples["extrinsics"] + step})
    assert ("the cameras move" in caplog.text) == warned


def test_training_writes_alarms_for_tensorboard(frames_run):
    assert list((frames_run.logs / "alarms").glob("events*"))


def test_evaluation_names_every_landmark_and_draws_pictures(frames_run, capsys):
    assert cli.main(["evaluate", str(frames_run.folder)]) == 0
    printed = capsys.readouterr().out
    report = json.loads(frames_run.metrics_file.read_text())
    names = ["elbow", "wrist", "tip", "box", "ball"]
    assert list(report["trained"]["landmarks"]) == names
    assert all(name in printed for name in names)
    assert {"panel.png", "training_curves.png", "scene.html"} <= {path.name for path in frames_run.pictures.iterdir()}


@pytest.mark.slow
def test_a_run_comes_along_with_an_episode_that_it_never_saw(frames_run, frames_name, place, capsys):
    folder = make(frames_run, "arm_32", pretrained.FOLDER)
    run = PretrainedRun(folder)
    assert pretrained.names("keypoint3d") == ["arm_32"] and pretrained.names("keypointnet") == []
    unseen = list(data.load(frames_name, "test").as_numpy_iterator())
    with np.load(folder / "episode.npz") as episode:
        assert len(episode["image"]) == FRAMES["num_frames"]
        np.testing.assert_array_equal(episode["image"], [example["image"] for example in unseen[:4]])
    assert "cm" in run.card["headline"] and run.card["data"]["world_unit"] == "metre"
    assert set(run.metrics) == {"data", "split", "trained", "untrained", "alarms"}
    assert Keypoint3D.from_preset("arm_32").num_keypoints == 4
    assert cli.main(["show", "arm_32", "--out", "shown"]) == 0
    assert {"episode.gif", "panel.png"} <= {path.name for path in (place / "shown/arm_32").iterdir()}
    assert 'src="arm_32/episode.gif"' in (place / "shown/index.html").read_text()


@pytest.mark.slow
def test_fine_tuning_keeps_what_belongs_to_the_new_scene(frames_run, frames_arguments, tmp_path):
    start = ["--from", str(frames_run.folder), "--learning-rate", "1e-9", "--run", str(tmp_path / "tuned")]
    data_and_steps = frames_arguments[:4] + ["--steps", "2", "--validate-every", "1", "--batch-size", "4"]
    assert cli.main(["train", "keypoint3d", *data_and_steps, *start]) == 0
    before, after = frames_run.load_model(), Run.open(tmp_path / "tuned").load_model()
    np.testing.assert_allclose(before.background_images, after.background_images, atol=1e-6)
    for ours, theirs in zip(before.trainable_weights, after.trainable_weights, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
