import signal
import subprocess
import sys
import textwrap

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tfkeypoints import training
from tfkeypoints.data import sampling
from tfkeypoints.models import KeypointNet
from tfkeypoints.training.run import Run

SEED = 3
EXAMPLES = 10
SIZES = {"batch_size": 4, "steps_per_epoch": 3, "epochs": 4, "monitor": "val_loss", "seed": SEED}


def make_examples(count=EXAMPLES):
    rng = np.random.default_rng(0)
    extrinsics = np.tile(np.eye(4, dtype=np.float32), (count, 2, 1, 1))
    extrinsics[..., 2, 3] = 30
    extrinsics[:, 1, :3, :3] = [[0, 0, 1], [0, 1, 0], [-1, 0, 0]]
    examples = {
        "image": rng.integers(0, 256, (count, 2, 16, 16, 4), dtype=np.uint8),
        "intrinsics": np.tile(np.diag([20, 20, 1]).astype(np.float32), (count, 2, 1, 1)),
        "extrinsics": extrinsics,
    }
    return {name: tf.constant(value) for name, value in examples.items()}


def make_model():
    keras.utils.set_random_seed(SEED)
    model = KeypointNet(num_keypoints=3, filters=4, dilations=(1, 2), first_stride=2, seed=SEED)
    model.compile(optimizer=keras.optimizers.Adam(training.learning_rate_schedule(1e-2, 12)))
    return model


def train(run, **changes):
    model = make_model()
    training.train(run, model, make_examples(), make_examples(4), **{**SIZES, **changes})
    return model


class Stop(keras.callbacks.Callback):
    """Stands for a kill in the middle of an epoch."""

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.optimizer.iterations) == 8:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory):
    run = Run.start(tmp_path_factory.mktemp("runs") / "whole", {"model": "keypointnet", "seed": SEED})
    return run, train(run)


def test_a_training_that_was_stopped_gives_the_same_numbers(whole_run, tmp_path):
    run = Run.start(tmp_path / "stopped", {"model": "keypointnet", "seed": SEED})
    with pytest.raises(KeyboardInterrupt):
        train(run, callbacks=[Stop()])
    assert [row["epoch"] for row in run.history] == [1, 2]
    with open(run.history_file, "a") as file:  # an epoch whose row was written, but whose checkpoint was not
        file.write(run.history_file.read_text().splitlines()[-1].replace("2,6,", "3,9,", 1) + "\n")
    model = train(run)
    whole, whole_model = whole_run
    assert [row["epoch"] for row in run.history] == [1, 2, 3, 4]
    assert [row["step"] for row in run.history] == [3, 6, 9, 12]
    assert run.history_file.read_bytes() == whole.history_file.read_bytes()
    assert int(model.optimizer.iterations) == 12
    for ours, theirs in zip(model.get_weights(), whole_model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_the_saved_model_is_the_best_of_the_history(tmp_path):
    run = Run.start(tmp_path / "a", {"model": "keypointnet", "seed": SEED})
    train(run, monitor="val_variance", mode="max", epochs=3)
    best = max(row["val_variance"] for row in run.history)
    validation = make_examples(4)
    std = run.load_model()(validation)["std"]
    np.testing.assert_allclose(np.mean(np.square(std)), best, rtol=1e-4)


def test_a_run_has_its_files_and_tensorboard_its_scalars_and_images(whole_run):
    run, _ = whole_run
    names = {str(path.relative_to(run.folder)) for path in run.folder.rglob("*") if path.is_file()}
    logs = {name for name in names if name.startswith("logs/")}
    files = {"config.json", "history.csv", "model.keras", "checkpoints/epoch_00004.npz", "pictures/training.png"}
    assert names - logs == files
    assert {name.split("/")[1] for name in logs} == {"train", "validation", "images"}
    (file,) = (run.logs / "images").iterdir()
    events = [value for event in tf.compat.v1.train.summary_iterator(str(file)) for value in event.summary.value]
    assert [value.tag for value in events] == ["keypoints"] * 4
    with Image.open(run.training_picture) as newest:
        np.testing.assert_array_equal(np.asarray(newest), tf.io.decode_png(events[-1].tensor.string_val[2]))


def test_a_finished_run_is_not_trained_again(whole_run):
    run, _ = whole_run
    before = run.history_file.stat().st_mtime_ns
    train(run)
    assert run.history_file.stat().st_mtime_ns == before


def test_a_diverged_training_stops_and_leaves_what_was_good(tmp_path):
    run = Run.start(tmp_path / "a", {"model": "keypointnet", "seed": SEED})
    train(run, epochs=1)
    broken = make_examples()
    broken["extrinsics"] = broken["extrinsics"] * np.nan
    late = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: pytest.fail("sees a model that diverged"))
    with pytest.raises(ValueError, match="diverged in epoch 2"):
        training.train(run, make_model(), broken, make_examples(4), callbacks=[late], **SIZES)
    assert [path.name for path in run.checkpoints.iterdir()] == ["epoch_00001.npz"]
    assert len(run.history) == 1


def test_examples_of_one_instance_are_joined_until_they_have_the_wanted_views():
    instances = ["b", "a", "b", "a", "a"]
    image = np.zeros((5, 2, 4, 4, 3), np.uint8) + np.arange(10, dtype=np.uint8).reshape(5, 2, 1, 1, 1)
    examples = {
        "image": image,
        "intrinsics": np.tile(np.eye(3, dtype=np.float32), (5, 2, 1, 1)),
        "extrinsics": np.tile(np.eye(4, dtype=np.float32), (5, 2, 1, 1)),
        "instance": np.array(instances),
    }
    loaded = sampling.in_memory(tf.data.Dataset.from_tensor_slices(examples), num_views=4)
    assert set(loaded) == {"image", "intrinsics", "extrinsics"}
    assert loaded["image"][..., 0, 0, 0].numpy().tolist() == [[2, 3, 6, 7], [0, 1, 4, 5]]  # "a", then "b"; one is left
    assert loaded["extrinsics"].shape == (2, 4, 4, 4)


@pytest.mark.parametrize("num_views", [3, 6])
def test_views_that_no_instance_can_make_up_are_refused(num_views):
    with pytest.raises(ValueError, match="num_views"):
        sampling.joined(np.array(["a", "b", "a", "b"]), num_views, views=2)


def test_each_turn_passes_every_example_once_in_another_order():
    batches = sampling.shuffled_batches({"x": tf.range(10)}, 5, seed=1, first_step=0)
    order = np.concatenate([batch["x"] for batch in batches.take(4)])
    assert sorted(order[:10]) == sorted(order[10:]) == list(range(10))
    assert order[:10].tolist() != order[10:].tolist()


def test_batches_depend_on_seed_and_step_alone():
    examples = {"x": tf.range(10)}
    whole = [batch["x"].numpy().tolist() for batch in sampling.shuffled_batches(examples, 4, 1, 0).take(6)]
    rest = [batch["x"].numpy().tolist() for batch in sampling.shuffled_batches(examples, 4, 1, 4).take(2)]
    other = [batch["x"].numpy().tolist() for batch in sampling.shuffled_batches(examples, 4, 2, 0).take(6)]
    assert rest == whole[4:]
    assert other != whole


def test_an_example_is_varied_anew_each_time_by_a_seed_that_its_step_decides():
    def add_chance(example, seed):
        return {"x": example["x"] + tf.random.stateless_uniform([], seed)}

    examples = {"x": tf.zeros(4)}
    whole = [batch["x"].numpy().tolist() for batch in sampling.shuffled_batches(examples, 2, 1, 0, add_chance).take(6)]
    rest = [batch["x"].numpy().tolist() for batch in sampling.shuffled_batches(examples, 2, 1, 4, add_chance).take(2)]
    assert rest == whole[4:]
    assert len(set(np.ravel(whole))) == 12


@pytest.mark.parametrize(
    ("steps", "every", "expected"), [(1000, 250, (250, 4)), (100, 250, (100, 1)), (1100, 250, (275, 4)), (7, 3, (4, 2))]
)
def test_steps_are_divided_into_epochs_of_about_the_wanted_length(steps, every, expected):
    assert training.split_steps(steps, every) == expected


def test_steps_below_one_are_refused():
    with pytest.raises(ValueError, match="steps=0"):
        training.split_steps(0, 250)


def test_the_learning_rate_warms_up_and_falls_along_a_cosine():
    schedule = training.learning_rate_schedule(2e-3, 1000)
    assert float(schedule(0)) < 1e-4
    assert float(schedule(50)) == pytest.approx(2e-3, rel=1e-3)
    assert float(schedule(525)) == pytest.approx((2e-3 + 2e-5) / 2, rel=1e-3)
    assert float(schedule(1000)) == pytest.approx(2e-5, rel=1e-3)


def test_an_unknown_monitor_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"val_angular_error, .*Received: monitor='val_nothing'$"):
        training.check_monitor(make_model(), "val_nothing")
    training.check_monitor(make_model(), "val_angular_error")


def test_looking_at_examples_changes_nothing():
    model, examples = make_model(), make_examples()
    model(examples)
    before = [variable.numpy() for variable in model.variables]
    training.check_examples(model, examples)
    for old, new in zip(before, model.variables, strict=True):
        np.testing.assert_array_equal(old, new)


def test_examples_without_what_a_term_needs_are_refused():
    examples = make_examples()
    with pytest.raises(ValueError, match="silhouette=0"):
        training.check_examples(make_model(), {**examples, "image": examples["image"][..., :3]})


def test_numbers_of_weights_that_were_replaced_are_removed(whole_run, tmp_path):
    first, second = (row["val_loss"] for row in whole_run[0].history[:2])
    better, worse = ("min", "max") if second < first else ("max", "min")
    for mode in (worse, better):
        run = Run.start(tmp_path / mode, {"model": "keypointnet", "seed": SEED})
        train(run, mode=mode, epochs=1)
        run.metrics_file.write_text("{}")
        train(run, mode=mode, epochs=2)
        assert run.metrics_file.exists() == (mode == worse)


@pytest.mark.slow
def test_a_killed_process_is_taken_up_with_the_same_numbers(whole_run, tmp_path):
    code = textwrap.dedent(f"""
    import importlib.util, sys
    spec = importlib.util.spec_from_file_location("kill", {__file__!r})
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    class Tell(module.keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            print(int(self.model.optimizer.iterations), flush=True)
    run = module.Run.start({str(tmp_path / "run")!r}, dict(model="keypointnet", seed=module.SEED))
    module.train(run, callbacks=[Tell()])
    """)
    for fatal in ("4", "8", "11"):
        with subprocess.Popen([sys.executable, "-c", code], stdout=-1, stderr=-3, text=True) as process:
            for line in process.stdout:
                if line.strip() == fatal:
                    process.kill()
        assert process.returncode == -signal.SIGKILL
    run = Run(tmp_path / "run")
    train(run)
    assert run.history_file.read_bytes() == whole_run[0].history_file.read_bytes()
