import subprocess
import sys

import numpy as np
import pytest

from tfkeypoints.training.run import Run, config_differences, read_history, write_history

CONFIG = {"model": "keypointnet", "steps": 100, "learning_rate": 1e-3, "images": {"shape": [2, 64, 64, 4]}}


def test_a_run_keeps_its_options_and_the_versions_that_made_it(tmp_path):
    run = Run.start(tmp_path / "a" / "b", CONFIG)
    kept = run.config
    assert set(kept.pop("versions")) >= {"tfkeypoints", "tensorflow", "keras"}
    assert kept == CONFIG


def test_the_same_options_resume_the_same_run(tmp_path):
    before = Run.start(tmp_path / "a", CONFIG).config_file.read_text()
    assert Run.start(tmp_path / "a", CONFIG).config_file.read_text() == before


def test_other_options_are_refused_and_listed(tmp_path):
    run = Run.start(tmp_path / "a", CONFIG)
    before = run.config_file.read_text()
    with pytest.raises(ValueError, match=r"steps: 100 -> 200\n  images\.shape: \[2, 64, 64, 4\] -> \[2, 32, 32, 4\]"):
        Run.start(tmp_path / "a", {**CONFIG, "steps": 200, "images": {"shape": [2, 32, 32, 4]}})
    assert run.config_file.read_text() == before


def test_a_folder_that_is_no_run_is_refused_and_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(ValueError, match="something else"):
        Run.start(tmp_path, CONFIG)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_checking_makes_nothing(tmp_path):
    Run(tmp_path / "a").check(CONFIG)
    assert not (tmp_path / "a").exists()


def test_opening_says_what_is_missing(tmp_path):
    with pytest.raises(ValueError, match="should be a run folder"):
        Run.open(tmp_path)
    Run.start(tmp_path / "a", CONFIG)
    with pytest.raises(ValueError, match="before its first validation"):
        Run.open(tmp_path / "a")


def test_differences_name_nested_and_new_options():
    assert config_differences({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}, "d": "x"}) == [
        "a.c: 2 -> 3",
        "d: None -> 'x'",
    ]


def test_an_option_that_is_none_differs_from_one_that_was_given_and_not_from_one_that_is_missing():
    assert config_differences({"a": {"b": 2.0}}, {"a": {"b": None, "c": None}}) == ["a.b: 2.0 -> None"]


def test_a_missing_history_is_empty(tmp_path):
    assert read_history(tmp_path / "history.csv") == []


def test_a_history_that_was_read_back_is_written_as_the_one_that_was_not(tmp_path):
    values = (0.1, 1.0, -0.0, 1e16, 123456789012345680.0, 5e-324, np.nan, np.inf, -np.inf, 1e-5, 1 / 3)
    rows = [{"epoch": 1, "step": -250, "many": 10**20, "double": value, "lr": np.float64(value)} for value in values]
    rows += [{"epoch": np.int64(2), "step": 500, "single": np.float32(value)} for value in values[:-1]]
    rows += [{"step": 750, "epoch": 3, "double": 2.0, "late": 3}]
    whole = tmp_path / "whole.csv"
    write_history(whole, rows)
    for count in range(1, len(rows)):
        resumed = tmp_path / f"{count}.csv"
        write_history(resumed, rows[:count])
        write_history(resumed, read_history(resumed) + rows[count:])
        assert resumed.read_bytes() == whole.read_bytes()
    lines = whole.read_text().splitlines()
    assert lines[0] == "epoch,step,many,double,lr,single,late"
    assert lines[1] == "1,-250,100000000000000000000,0.1,0.1,nan,nan"
    assert lines[-1] == "3,750,nan,2.0,nan,nan,3"


def test_two_processes_cannot_train_one_run_and_a_killed_one_lets_go(tmp_path):
    run = Run.start(tmp_path / "a", CONFIG)
    code = f"""
from tfkeypoints.training.run import Run
with Run({str(run.folder)!r}).locked():
    print("locked", flush=True)
    input()
"""
    with subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1, text=True) as other:
        assert other.stdout.readline() == "locked\n"
        with pytest.raises(ValueError, match="trained by another process"), run.locked():
            pass
        other.kill()
    with run.locked():
        pass


def test_a_run_of_another_command_is_refused(tmp_path):
    run = Run.start(tmp_path / "a", {"model": "policy"})
    run.model_file.write_bytes(b"")
    with pytest.raises(ValueError, match="is of a policy, made by `tfkeypoints control train`"):
        Run.open(tmp_path / "a")
    assert Run.open(tmp_path / "a", command="control train").folder == tmp_path / "a"


@pytest.mark.usefixtures("half_precision")
def test_a_model_that_was_trained_in_half_precision_is_loaded_in_float32(tmp_path, rng):
    from tfkeypoints.models import Keypoint3D

    options = {"num_keypoints": 3, "num_views": 2, "image_size": (8, 12), "filters": 4, "levels": 2, "mean_depth": 5.0}
    frames = {
        "image": rng.integers(0, 256, (2, 2, 8, 12, 3)).astype("uint8"),
        "intrinsics": np.tile(np.eye(3, dtype="float32"), (2, 2, 1, 1)),
        "extrinsics": np.tile(np.eye(4, dtype="float32"), (2, 2, 1, 1)),
    }
    half, whole = (Keypoint3D(**options, background="features", dtype=each) for each in ("mixed_bfloat16", "float32"))
    for model in (half, whole):
        model(frames)
    half.set_background(frames["image"][0] / 255)
    whole.set_weights(half.get_weights())
    run = Run.start(tmp_path / "run", {"model": "keypoint3d"})
    run.save_model(half)
    loaded = run.load_model()
    assert (loaded.compute_dtype, loaded.name) == ("float32", half.name)
    for name, value in loaded(frames).items():
        np.testing.assert_array_equal(value, whole(frames)[name])


def test_what_a_killed_training_had_begun_to_write_goes_with_the_next_one(tmp_path):
    run = Run.start(tmp_path / "a", CONFIG)
    run.pictures.mkdir()
    names = ("model.keras", "history.csv", "pictures/training.png")
    kept = [run.folder / name for name in (*names, ".5.metrics.json", "pictures/.7.evaluated.png", ".hidden.csv")]
    for path in (*kept, *((run.folder / name).with_name(f".123.{name.split('/')[-1]}") for name in names)):
        path.write_text("")
    with run.locked():
        assert sorted(path for path in run.folder.rglob("*") if path.is_file()) == sorted([*kept, run.config_file])
