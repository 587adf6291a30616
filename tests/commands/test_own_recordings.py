"""`train --recording`, `evaluate` and `predict` on a film of a ball, as a user would run them; a tiny model."""

import csv
import json
import shutil

import numpy as np
import pytest

from tests.data.sessions import filmed
from tfkeypoints import cli
from tfkeypoints.training.run import Run

COUNT = 30


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    filmed.film(COUNT, 2.4).write(folder / "ball", folder / "cameras.json")
    return folder


@pytest.fixture(scope="module")
def arguments(source):
    """What trains a tiny model of windows that follow."""
    options = {
        "--recording": source / "ball", "--cameras": source / "cameras.json", "--data-dir": source / "data",
        "--window": "follow", "--world-unit": "metre", "--filters": 4, "--num-keypoints": 4, "--steps": 4,
        "--validate-every": 2, "--batch-size": 4, "--num-frames": 12, "--image-size": 32,
    }  # fmt: skip
    return ["train", "keypoint3d", *(str(word) for pair in options.items() for word in pair)]


@pytest.fixture(scope="module")
def run(source, arguments):
    assert cli.main([*arguments, "--run", str(source / "run")]) == 0
    return Run.open(source / "run")


def test_the_run_says_what_it_was_trained_on(run, source):
    config = run.config
    assert config["preset"] == "recording"
    assert config["data"].startswith("recordings/ball_")
    assert config["recording"]["recording"] == str(source / "ball")
    assert config["images"]["shape"] == [3, 32, 32, 3]
    assert config["windows"]["kind"] == "follow"
    model = run.load_model()
    assert model.fusion == "rays"
    distance = np.linalg.norm(filmed.EYES - [0, 0, 0.5], axis=1).mean()
    assert model.mean_depth == pytest.approx(distance, rel=0.1)
    # A window shows the ball, 0.5 m across, and what it is off the smoothed path.
    assert 0.5 / 4 < model.world_scale < 1.2 / 4


def test_the_same_command_resumes_and_other_files_are_another_run(run, arguments, source, capsys):
    assert cli.main([*arguments, "--run", str(run.folder)]) == 0
    assert "finished already" in capsys.readouterr().out
    shutil.copytree(source / "ball", source / "other" / "ball")
    (source / "other" / "ball" / "top" / "000.png").unlink()
    changed = [str(source / "other" / "ball") if word == str(source / "ball") else word for word in arguments]
    assert cli.main([*changed, "--run", str(run.folder)]) == 2
    assert "recording.recording" in capsys.readouterr().err


def test_evaluate_measures_without_landmarks(run):
    assert cli.main(["evaluate", str(run.folder)]) == 0
    trained = json.loads(run.metrics_file.read_text())["trained"]
    assert 0 <= trained["points_on_what_moves"] <= 1
    assert 0 <= trained["views_mostly_on_what_moves"] <= 1
    assert trained["view_disagreement_cm"] > 0
    assert "landmarks" not in trained


def test_evaluate_measures_on_another_recording_through_windows_like_the_trainings(run, source, capsys):
    film = filmed.film(12, 1.0)
    film.write(source / "other_day", source / "others.json")
    for number in range(12):  # the left camera began to count two frames late
        path = source / "other_day" / "left" / f"{number:03d}.png"
        path.rename(path.with_name(f"{number - 2 if number > 1 else number + 900:03d}.png"))
    before = run.metrics_file.read_bytes() if run.metrics_file.exists() else None
    words = ["--recording", str(source / "other_day"), "--cameras", str(source / "others.json"), "--offset", "left=2"]
    assert cli.main(["evaluate", str(run.folder), *words]) == 0
    assert "windows follow what moves" in capsys.readouterr().out
    (file,) = run.folder.glob("evaluations/other_day_*/metrics.json")
    report = json.loads(file.read_text())
    assert report["split"] == "train+validation+test"
    assert report["data"] == f"recordings/{file.parent.name}"
    assert report["trained"]["view_disagreement_cm"] > 0
    assert (file.parent / "pictures" / "panel.png").exists()
    assert before == (run.metrics_file.read_bytes() if run.metrics_file.exists() else None)


def test_words_about_a_recording_need_one(run, capsys):
    assert cli.main(["evaluate", str(run.folder), "--offset", "left=2"]) == 2
    assert "belong to a `recording`" in capsys.readouterr().err


def test_predict_finds_the_windows_again_and_answers_in_the_recordings_own_pixels(run, source, tmp_path, capsys):
    out = tmp_path / "out"
    command = ["predict", str(run.folder), str(source / "ball"), "--cameras", str(source / "cameras.json")]
    assert cli.main([*command, "--out", str(out)]) == 0
    assert "windows follow what moves" in capsys.readouterr().err
    found = np.load(out / "keypoints.npz")
    film = filmed.film(COUNT, 2.4)
    pixels = film.calibration.project(film.centres).swapaxes(0, 1)
    model = run.load_model()
    # An all but untrained model puts its points into the middle of its windows, and these follow the ball: within half
    # a window of it, in pixels of the recording.
    depth = np.linalg.norm(film.centres[:, None] - filmed.EYES, axis=-1)
    half = 2 * model.world_scale / depth * filmed.FOCAL
    off = np.linalg.norm(found["pixels"] - pixels[:, :, None], axis=-1)
    assert (off < 1.5 * half[..., None]).all()
    reprojected = film.calibration.project(found["keypoints"].reshape(-1, 3)).reshape(3, COUNT, -1, 2)
    assert np.abs(reprojected.swapaxes(0, 1) - found["pixels"]).mean() < 10
    with open(out / "keypoints.csv", newline="") as file:
        assert len(list(csv.DictReader(file))) == COUNT * 4


def test_names_that_do_not_match_are_asked_for(run, source, tmp_path, capsys):
    for number, name in enumerate(filmed.NAMES):
        shutil.copytree(source / "ball" / name, tmp_path / "recording" / f"GX{number}")
    command = ["predict", str(run.folder), str(tmp_path / "recording"), "--cameras", str(source / "cameras.json")]
    assert cli.main([*command, "--out", str(tmp_path / "out")]) == 2
    assert "--pair left=GX0 --pair right=GX1 --pair top=GX2" in capsys.readouterr().err
    pairs = [word for number, name in enumerate(filmed.NAMES) for word in ("--pair", f"{name}=GX{number}")]
    assert cli.main([*command, *pairs, "--out", str(tmp_path / "out")]) == 0


def test_a_recording_excludes_a_data_set_and_cameras_need_one(arguments, source, capsys):
    assert cli.main([*arguments, "--data", "moving_shapes/arm_64", "--run", str(source / "none")]) == 2
    assert "exclude each other" in capsys.readouterr().err
    assert cli.main(["train", "keypoint3d", "--cameras", "x.json", "--run", str(source / "none")]) == 2
    assert "belong to a `recording`" in capsys.readouterr().err
    assert not (source / "none").exists()


def test_data_build_makes_the_same_and_show_draws_it(source, capsys):
    command = [
        "data",
        "build",
        "recordings/own",
        "--manual-dir",
        str(source / "ball"),
        "--data-dir",
        str(source / "d2"),
    ]
    assert cli.main([*command, "--cameras", str(source / "cameras.json"), "--num-frames", "8"]) == 0
    said = capsys.readouterr().out
    assert "train 8, validation 1, test 1, background 1" in said
    name = next(line.split()[-1] for line in said.splitlines() if line.startswith("data set"))
    assert f"train keypoint3d --data {name}" in said
    assert cli.main(["data", "show", name, "--data-dir", str(source / "d2"), "--out", str(source / "show.png")]) == 0
    assert (source / "show.png").exists()
