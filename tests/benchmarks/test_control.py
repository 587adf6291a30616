import argparse
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from PIL import Image

from tfkeypoints import files


def test_a_curve_is_the_mean_of_the_window_before_each_point_and_skips_what_is_not_known():
    import learning_curves

    values = learning_curves.resampled([10, 20, 30, 40], [1, np.nan, 3, 5], np.array([5, 20, 30, 40, 60]), 15)
    np.testing.assert_array_equal(values, [np.nan, 1, 3, 4, np.nan])


def test_curves_of_seeds_of_different_lengths_are_drawn(tmp_path):
    import learning_curves

    seeds = [(np.arange(100), np.arange(100) / 100), (np.arange(60), np.arange(60) / 50), ([50], [np.nan])]
    learning_curves.draw(tmp_path / "curves.png", {"return": {"a": seeds[:2], "b": seeds[1:]}, "success": {}}, 100)
    assert Image.open(tmp_path / "curves.png").size == (2 * 4.2 * 120, 3.4 * 120)


def test_a_table_tells_the_spread_of_seeds_only_where_there_are_several():
    import tables

    rows = [
        ["a", tables.mean_std([1, 2, 3])],
        ["b", tables.mean_std([250.0])],
        ["c", tables.mean_std([98.4, 98.4 + 1e-6])],
    ]
    assert tables.table(["", "x"], rows).splitlines() == [
        "|  | x |",
        "| --- | --- |",
        "| a | 2.000 ± 1.000 |",
        "| b | 250.0 |",
        "| c | 98.40 ± 0.00 |",
    ]


def test_a_mean_that_is_no_number_or_zero_is_still_told():
    import tables

    assert tables.mean_std([np.nan, 1.0]) == "nan ± nan"
    assert tables.mean_std([0.0]) == "0.0000"


def test_a_command_that_fails_ends_the_benchmark():
    import learning_curves

    learning_curves.run(["-c", "import os; assert os.environ['A'] == 'b'"], A="b")
    with pytest.raises(SystemExit, match="failed with 3"):
        learning_curves.run(["-c", "raise SystemExit(3)"])


def test_every_rollout_of_the_comparison_is_made_of_whole_batches_and_episodes_are_shared_equally():
    import ppo_comparison

    for options in ppo_comparison.TASKS.values():
        assert options["num_envs"] * options["horizon"] % options["batch_size"] == 0
        assert ppo_comparison.EPISODES % options["num_envs"] == 0


def test_memory_that_grows_is_a_leak_and_a_start_that_grows_is_not():
    import control_soak

    samples = [
        {"trainer": t, "workers": w}
        for t, w in zip([10, 90, 100, 100, 102, 102], [50, 50, 50, 50, 60, 60], strict=True)
    ]
    assert control_soak.leaks(samples, 5) == ["memory of workers grew from 50 to 60 MiB"]


def test_too_few_samples_tell_nothing_of_leaks():
    import control_soak

    samples = [{"trainer": 10, "workers": 50}] * 2
    assert control_soak.leaks(samples, 5) == ["2 samples are too few to tell whether memory grew"]
    assert control_soak.leaks([*samples, {"trainer": 10, "workers": 60}], 5) == [
        "memory of workers grew from 50 to 60 MiB"
    ]


def test_a_soak_too_short_for_three_samples_is_refused(tmp_path, monkeypatch, capsys):
    import control_soak

    kept = tmp_path / "kept"
    kept.mkdir()
    monkeypatch.setattr(sys, "argv", ["control_soak.py", "--minutes", "1", "--every", "10", "--folder", str(kept)])
    with pytest.raises(SystemExit):
        control_soak.main()
    assert "--minutes must be at least 1.5" in capsys.readouterr().err
    assert kept.exists()


@pytest.mark.parametrize(("measured", "evaluated"), [(None, True), (96, True), (104, False)])
def test_a_finished_run_is_checked_and_measured_again_only_on_other_numbers_of_episodes(
    tmp_path, monkeypatch, measured, evaluated
):
    import control_methods
    import learning_curves

    commands = []
    monkeypatch.setattr(learning_curves, "run", commands.append)
    if measured is not None:
        files.write_json(tmp_path / "metrics.json", {"episodes": measured})
    arguments = argparse.Namespace(env="point_reach", steps=1000, episodes=100, options=["--num-envs", "4"])
    control_methods.train(tmp_path, "state", 3, arguments)
    assert [command[3] for command in commands] == ["train", "evaluate"][: 1 + evaluated]
    assert commands[0][-2:] == ["--num-envs", "4"] and tmp_path in commands[0]


def test_what_learns_nothing_is_measured_once(tmp_path, monkeypatch):
    import control_methods

    arguments = argparse.Namespace(env="CartPole-v1", episodes=10)
    measured = control_methods.untrained(tmp_path / "first", arguments)
    keras.utils.set_random_seed(5)
    assert control_methods.untrained(tmp_path / "second", arguments) == measured
    assert [each["deterministic"] for each in measured.values()] == [False, True]
    for each in measured.values():
        assert each["episodes"] == 16 and 8 < each["mean_return"] < 200
        assert control_methods.of_episodes(each) == {"return": each["mean_return"], "length": each["mean_length"]}
    monkeypatch.setattr(control_methods.evaluation, "evaluate", None)
    assert control_methods.untrained(tmp_path / "first", arguments) == measured


def test_more_than_a_rollout_lost_is_a_fault():
    import control_soak

    assert control_soak.lost(0, "state in point_reach") == []
    assert control_soak.lost(10_000, "going on at step 9,744") == []
    assert control_soak.lost(10_000, "going on at step 9,743") == ["257 steps were lost"]
    assert control_soak.lost(1_000, "state in point_reach") == ["1000 steps were lost"]


def test_processes_are_found_below_the_one_that_started_them_and_are_gone_once_they_end():
    import control_soak
    import memory

    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert child.pid in control_soak.descendants(os.getpid())
        assert memory.resident(child.pid) > 0
    finally:
        child.kill()
    assert control_soak.survivors([child.pid]) == []
    child.wait()
    assert memory.resident(child.pid) == 0
