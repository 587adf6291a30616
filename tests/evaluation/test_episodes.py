"""Evaluation of moving scenes, from results with known answers and from a tiny model."""

import json

import numpy as np
import pytest
import tensorflow as tf

from tests import reference
from tfkeypoints import cli, data, files
from tfkeypoints.evaluation import episodes
from tfkeypoints.metrics.reconstruction import ReconstructionQuality
from tfkeypoints.models import Keypoint3D
from tfkeypoints.models.keypoint3d.collapse_alarm import CollapseAlarm
from tfkeypoints.models.keypoint3d.recipe import Keypoint3DRecipe
from tfkeypoints.training.run import Run

METRES = {"world_unit": "metre", "landmark_names": ["hand", "box"], "frames_per_second": 5}
SIZE = (16, 24)


def moving(rng, count):
    """Results of a perfect detector of `hand` and half of `box`, with one more point at rest: `count` frames each."""
    landmarks = rng.normal(0, 0.2, (count, 2, 3))
    keypoints = np.stack([np.zeros_like(landmarks[:, 0]), landmarks[:, 0] + 1, 0.5 * landmarks[:, 1]], axis=1)
    intrinsics, extrinsics = reference.random_cameras(rng, (2,))
    return {
        "landmarks": landmarks,
        "instance": np.repeat([b"a", b"b"], count // 2),
        "frame": np.tile(np.arange(count // 2), 2),
        "keypoints": keypoints,
        "points_world": np.stack([keypoints, keypoints + [0, 0, 0.02]], axis=1),
        "uv": np.zeros((count, 2, 3, 2)),
        "attention": np.full((count, 2, 3), 1 / 3),
        "intrinsics": np.tile(intrinsics, (count, 1, 1, 1)),
        "extrinsics": np.tile(extrinsics, (count, 1, 1, 1)),
    }


@pytest.fixture
def results(rng):
    both = moving(rng, 120)
    return [{name: values[part] for name, values in both.items()} for part in (slice(0, 60), slice(60, 120))]


def test_metrics_are_in_centimetres_and_tell_who_follows_whom(results):
    metrics = episodes.measure(*results, SIZE, METRES)
    hand, box = metrics["landmarks"]["hand"], metrics["landmarks"]["box"]
    assert (hand["keypoint"], box["keypoint"]) == (1, 2)
    assert hand["tracking_error_cm"] < 8 and hand["motion_ratio"] == pytest.approx(1)
    seen, held_out = (each["landmarks"] for each in results)
    offset = (seen[:, 1] - 0.5 * seen[:, 1]).mean(0)
    expected = np.linalg.norm(0.5 * held_out[:, 1] + offset - held_out[:, 1], axis=-1).mean()
    assert box["tracking_error_cm"] == pytest.approx(100 * expected)
    assert box["motion_ratio"] == pytest.approx(0.5)
    assert hand["ridge_error_cm"] < 0.1 and box["ridge_error_cm"] < 0.1
    assert hand["jitter_cm"] == pytest.approx(hand["true_jitter_cm"])
    floor = np.linalg.norm(held_out - seen.mean(0), axis=-1).mean()
    assert metrics["predicting_the_mean_cm"] == pytest.approx(100 * floor)
    assert metrics["view_disagreement_cm"] == pytest.approx(1.0)
    assert metrics["roles"] == {"following": [1], "static": [0], "idle": [], "wandering": [2]}
    assert metrics["following_keypoints"] == 1
    assert (metrics["moving_landmarks"], metrics["followed_landmarks"]) == (2, 1)
    assert metrics["followers_apart_cm"] is None  # there is one


def test_other_world_units_stay_as_they_are(results):
    metrics = episodes.measure(*results, SIZE, {"world_unit": "table width"})
    assert metrics["view_disagreement"] == pytest.approx(0.01)
    assert set(metrics["landmarks"]) == {"0", "1"}


def test_a_point_that_rides_with_the_cameras_does_not_follow(results, rng):
    for part in results:
        ride = np.cumsum(rng.normal(size=(60, 1, 3)), axis=0)
        rotations = part["extrinsics"][:, :, :3, :3]
        part["extrinsics"][..., :3, 3] -= np.einsum("nvij,nvj->nvi", rotations, np.repeat(ride, 2, axis=1))
        part["landmarks"] = part["landmarks"] + ride
        part["keypoints"] = part["keypoints"] + ride
    metrics = episodes.measure(*results, SIZE, METRES)
    assert metrics["roles"]["static"] == [0]
    assert metrics["landmarks"]["box"]["motion_ratio"] == pytest.approx(0.5, abs=1e-6)


def test_without_landmarks_and_time_the_rest_is_measured(results):
    bare = [
        {name: values for name, values in part.items() if name not in ("landmarks", "instance", "frame")}
        for part in results
    ]
    assert set(episodes.measure(*bare, SIZE, METRES)) == {"view_disagreement_cm", "reprojection_error_pixels"}


@pytest.fixture(scope="module")
def examples():
    """Two episodes of four frames: a bright square that moves over noise, seen by two cameras."""
    rng = np.random.default_rng(0)
    frames = []
    intrinsics, extrinsics = (np.float32(each) for each in reference.random_cameras(rng, (2,), distance=1))
    for episode in ("a/0", "a/1"):
        floor = rng.integers(0, 90, (2, 16, 24, 3))
        for frame in range(4):
            image = floor.copy()
            image[:, 2 * frame : 2 * frame + 4, 3:8] = 255
            landmarks = np.float32(rng.normal(0, 0.1, (2, 3)))
            frames.append((image.astype("uint8"), intrinsics, extrinsics, landmarks, episode, np.int32(frame)))
    names = ("image", "intrinsics", "extrinsics", "landmarks", "instance", "frame")
    arrays = {name: np.stack(values) for name, values in zip(names, zip(*frames, strict=True), strict=True)}
    return tf.data.Dataset.from_tensor_slices(arrays)


@pytest.fixture(scope="module")
def model(examples):
    model = Keypoint3D(num_keypoints=3, num_views=2, image_size=(16, 16), filters=2, levels=2)
    model.compile("adam")
    model.predict(examples.batch(4).map(cameras_of), verbose=0)
    return model


def cameras_of(example):
    return {name: example[name] for name in ("image", "intrinsics", "extrinsics")}


def test_the_first_episode_ends_where_the_next_begins(examples):
    episode = episodes.first_episode(examples)
    assert episode["frame"].tolist() == [0, 1, 2, 3] and set(episode["instance"]) == {b"a/0"}
    assert episode["image"].shape == (4, 2, 16, 24, 3)


def test_a_run_is_evaluated_by_the_command(examples, model, tmp_path, monkeypatch, capsys):
    class Info:
        metadata = METRES

    monkeypatch.setattr(data, "load", lambda name, split, data_dir=None: examples)
    monkeypatch.setattr(data, "dataset_info", lambda name, data_dir=None: Info)
    raised = iter([["one alarm"]])
    monkeypatch.setattr(episodes, "alarms", lambda results, quality: next(raised))
    run = Run(tmp_path / "run")
    images = {"shape": [2, 16, 24, 3]}
    files.write_json(
        run.config_file, {"model": "keypoint3d", "data": "scenes/a", "data_dir": None, "seed": 0, "images": images}
    )
    model.save(run.model_file)
    run.history_file.write_text("epoch,step,loss,val_loss\n1,10,0.5,0.6\n2,20,0.4,0.5\n")

    assert cli.main(["evaluate", str(run.folder), "--batch-size", "3"]) == 0
    report = json.loads(run.metrics_file.read_text())
    assert set(report) == {"data", "split", "trained", "untrained", "alarms"}
    assert set(report["trained"]["landmarks"]) == set(report["untrained"]["landmarks"]) == {"hand", "box"}
    assert sum(map(len, report["trained"]["roles"].values())) == 3
    assert np.isfinite([report["trained"][name] for name in ("psnr_db", "ssim", "view_disagreement_cm")]).all()
    assert report["alarms"] == ["one alarm"]
    assert {path.name for path in run.pictures.iterdir()} >= {"panel.png", "training_curves.png"}
    assert list(run.pictures.glob("episode.*"))

    printed = capsys.readouterr().out
    table = {line.split()[0]: line.split()[1:] for line in printed.splitlines() if line.strip()}
    assert len(table["hand"]) == len(table["box"]) == 8
    hand = report["trained"]["landmarks"]["hand"]
    assert float(table["hand"][1]) == pytest.approx(hand["tracking_error_cm"], rel=0.01)
    assert float(table["mean"][4]) == pytest.approx(report["untrained"]["tracking_error_cm"], rel=0.01)
    assert "alarms:" in printed


@pytest.mark.parametrize("background", ["features", "residual"])
def test_an_untrained_network_is_told_the_same_scene_at_rest(background, rng):
    model = Keypoint3D(3, 2, image_size=(16, 16), filters=2, levels=2, background=background)
    model.build({"image": (None, 2, 16, 24, 3)})
    model.set_background(rng.integers(0, 256, (2, 16, 24, 3), dtype=np.uint8))
    model.encoders[0].set_weights([weight + 1 for weight in model.encoders[0].get_weights()])
    newborn = Keypoint3DRecipe.untrained(model, seed=3)
    np.testing.assert_array_equal(newborn.background_images, model.background_images)
    for ours, theirs in zip(newborn.encoders[0].get_weights(), model.encoders[0].get_weights(), strict=True):
        assert not np.allclose(ours, theirs)


def test_reconstructions_are_judged_by_what_the_network_saw(examples, model):
    quality = ReconstructionQuality()
    results = episodes.collect(model, examples, 3, quality)
    outputs = model.predict(examples.batch(8).map(cameras_of), verbose=0)
    np.testing.assert_allclose(
        quality.error, ((outputs["target"] - outputs["reconstruction"]) ** 2).mean((0, 2, 3, 4)), rtol=1e-4
    )
    assert results["keypoints"].shape == (8, 3, 3) and "target" not in results
    assert results["frame"].tolist() == [0, 1, 2, 3] * 2


def test_an_alarm_that_stands_is_written_once_and_again_after_it_has_ceased(
    examples, model, tmp_path, monkeypatch, caplog
):
    raised = iter([["one"], ["one", "two"], ["one"], [], ["one"], ["one"]])
    monkeypatch.setattr(episodes, "alarms", lambda results, quality: next(raised))
    callback = CollapseAlarm(tmp_path, next(iter(examples.batch(4).map(cameras_of))), patience=2)
    callback.set_model(model)
    callback.on_train_begin()
    for epoch in range(6):
        callback.on_epoch_end(epoch, {})
    callback.on_train_end()
    assert [record.message for record in caplog.records] == ["epoch 2: one", "epoch 6: one"]
    assert list((tmp_path / "alarms").glob("events*"))


def test_patience_is_checked(tmp_path):
    with pytest.raises(ValueError, match="patience=0"):
        CollapseAlarm(tmp_path, {}, patience=0)
