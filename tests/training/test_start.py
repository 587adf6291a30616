import numpy as np
import pytest

from tests import reference
from tfkeypoints import files
from tfkeypoints.models import Keypoint3D, KeypointNet
from tfkeypoints.training.run import Run
from tfkeypoints.training.start import take_weights, weights_of_networks

SCENE = {"num_keypoints": 3, "num_views": 2, "image_size": (16, 24), "filters": 4, "levels": 2, "mean_depth": 2.0}


def examples(rng):
    intrinsics, extrinsics = reference.random_cameras(rng, (1, 2))
    image = rng.integers(0, 256, (1, 2, 16, 24, 3)).astype("uint8")
    return {"image": image, "intrinsics": np.float32(intrinsics), "extrinsics": np.float32(extrinsics)}


def run_of(model, folder, rng):
    """A run of a model whose weights all differ from those of a new one."""
    model(examples(rng))
    model.set_weights([rng.uniform(0.1, 0.2, weight.shape).astype(weight.dtype) for weight in model.weights])
    run = Run.start(folder, {"model": model.method})
    model.save(run.model_file)
    return run


def test_networks_are_taken_and_what_belongs_to_the_scene_and_the_schedule_is_not(tmp_path, rng, capsys):
    run = run_of(Keypoint3D(**SCENE, background="residual"), tmp_path / "run", rng)
    model, frames = Keypoint3D(**SCENE, background="residual", separation=2.0), examples(rng)
    model(frames)
    model.set_background(np.full((2, 16, 24, 3), 0.25, np.float32))
    take_weights(model, run, frames)
    assert "separation: " in capsys.readouterr().out
    saved, own = run.load_model(), {"background_images", "multiview_ramp"}
    for ours, theirs in zip(model.weights, saved.weights, strict=True):
        assert np.array_equal(ours, theirs) == (ours.name not in own), ours.path
    assert float(model.multiview_ramp) == 1
    assert len(weights_of_networks(model)) == len(model.weights) - len(own)


def test_all_weights_of_a_keypointnet_but_its_schedule_are_taken(tmp_path, rng):
    options = {"num_keypoints": 3, "filters": 4, "dilations": (1, 2), "backbone": "hourglass", "silhouette": 0.0}
    run = run_of(KeypointNet(**options), tmp_path / "run", rng)
    model = KeypointNet(**options)
    take_weights(model, run, examples(rng))
    for ours, theirs in zip(model.weights, run.load_model().weights, strict=True):
        assert np.array_equal(ours, theirs) == (ours.name != "orientation_truth"), ours.path


def test_weights_that_do_not_fit_are_listed_with_the_arguments_and_none_is_taken(tmp_path, rng):
    run = run_of(Keypoint3D(**SCENE), tmp_path / "run", rng)
    model, frames = Keypoint3D(**{**SCENE, "num_keypoints": 5, "filters": 8}), examples(rng)
    model(frames)
    before = model.get_weights()
    with pytest.raises(ValueError, match=r"(?s)num_keypoints: 3 -> 5\n.*filters: 4 -> 8\n.*others"):
        take_weights(model, run, frames)
    for ours, theirs in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_run_of_another_method_is_refused(tmp_path, rng):
    run = run_of(Keypoint3D(**SCENE), tmp_path / "run", rng)
    files.write_json(run.config_file, {"model": "keypoint3d"})
    with pytest.raises(ValueError, match="`from` should be of a KeypointNet"):
        take_weights(KeypointNet(num_keypoints=3, filters=4, dilations=(1,)), run, examples(rng))
