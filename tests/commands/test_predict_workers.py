"""`tfkeypoints predict --workers`: the files of one process, whatever is killed meanwhile."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.commands.test_predict_scene import SIZE, arrays, recording, scene_run  # noqa: F401
from tests.killing import descendants, heed_interruptions, kill, workers_of
from tfkeypoints import cli
from tfkeypoints.visualization.video import video_writer

pytest.importorskip("ray", reason="Ray is not installed (extra `cluster`)")
PATIENCE = 600


@pytest.fixture
def words(scene_run, recording, tmp_path):  # noqa: F811
    """Predicts videos of 300 frames of noise that moves; a frame of one of them is broken."""
    pytest.importorskip("av", reason="PyAV is not installed (extra `video`)")
    folder, camera_file, _ = recording
    film(folder, 300)
    return ["predict", str(scene_run.folder), str(folder), "--cameras", str(camera_file), "--out"]


def film(folder, count):
    """Puts videos in place of what was recorded."""
    noise = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3), np.uint8)
    for name in ("left", "right"):
        shutil.rmtree(folder / name, ignore_errors=True)
        with video_writer(folder / f"{name}.mp4", 30) as write:
            for number in range(count):
                write(np.roll(noise, number * (1 + (name == "left")), 1))


def begin(words):
    """The command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tfkeypoints.cli", *words],
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=heed_interruptions,
    )


def until(truth, process):
    """Waits until something is true, or the process has ended."""
    end = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end:
        if found := truth():
            return found
        time.sleep(0.02)
    raise AssertionError(process.communicate()[0])


def chunks_in(out):
    return sorted(path.name for path in (out / "unfinished").glob("0*.npz"))


def assert_same(found, expected):
    """Compares the files of two predictions; videos by what they show."""
    assert {path.name for path in found.iterdir()} == {path.name for path in expected.iterdir()}
    assert (found / "keypoints.csv").read_bytes() == (expected / "keypoints.csv").read_bytes()
    ours, theirs = arrays(found), arrays(expected)
    assert ours.keys() == theirs.keys()
    for name, values in theirs.items():
        np.testing.assert_array_equal(ours[name], values, err_msg=name)


@pytest.mark.slow
def test_workers_find_what_one_process_finds_also_when_one_is_killed(words, tmp_path):
    out = tmp_path / "shared"
    process = begin([*words, str(out), "--workers", "2"])
    first = until(lambda: chunks_in(out) and workers_of(process.pid), process)
    kill(first[0])
    started = descendants(process.pid)
    told = process.communicate(timeout=PATIENCE)[0]
    assert process.returncode == 0, told
    assert "a worker was lost" in told
    assert not [each for each in started if Path(f"/proc/{each}").exists() and each != os.getpid()]
    assert cli.main([*words, str(tmp_path / "alone")]) == 0
    assert_same(out, tmp_path / "alone")


def test_what_is_asked_for_wrongly_is_told(words, tmp_path, capsys):
    for more, message in (
        (["--workers", "0"], "`workers` must be a positive integer. Received: workers=0"),
        (["--ray", "head:6379"], "`ray` wants `workers`"),
    ):
        assert cli.main([*words, str(tmp_path / "out"), *more]) == 2
        assert message in capsys.readouterr().err


def live_and_die(words, out):
    """Begins a prediction, kills a worker after its first new chunk and the command after two."""
    before = len(chunks_in(out))
    process = begin(words)
    kill(until(lambda: len(chunks_in(out)) > before and workers_of(process.pid), process)[-1])
    until(lambda: len(chunks_in(out)) > before + 1, process)
    started = descendants(process.pid)
    kill(process.pid)
    process.communicate()
    end = time.monotonic() + PATIENCE
    while any(Path(f"/proc/{each}").exists() for each in started) and time.monotonic() < end:
        time.sleep(0.1)
    assert not [each for each in started if Path(f"/proc/{each}").exists()]


@pytest.mark.slow
def test_whatever_is_killed_and_started_again_nothing_is_lost(words, recording, tmp_path):  # noqa: F811
    """A worker in each of the command's first two lives, the command itself twice, and one process for the rest."""
    film(recording[0], 5000)
    out = tmp_path / "killed"
    for _ in range(2):
        live_and_die([*words, str(out), "--workers", "2"], out)
    kept = chunks_in(out)
    assert 0 < len(kept) < len(range(0, 5000, 512))
    assert cli.main([*words, str(out)]) == 0
    assert cli.main([*words, str(tmp_path / "alone")]) == 0
    assert_same(out, tmp_path / "alone")


@pytest.mark.slow
@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interruption_leaves_no_process_and_no_temporary_folder(
    how, code, words, tmp_path, short_folder, monkeypatch
):
    monkeypatch.setenv("TMPDIR", str(short_folder))
    out = tmp_path / "out"
    process = begin([*words, str(out), "--workers", "2"])
    until(lambda: workers_of(process.pid), process)
    started = descendants(process.pid)
    (os.killpg if how == signal.SIGINT else os.kill)(process.pid, how)  # a terminal interrupts the whole group
    told = process.communicate(timeout=PATIENCE)[0]
    assert process.returncode == code and ("interrupted" in told) == (how == signal.SIGINT)
    assert not [each for each in started if Path(f"/proc/{each}").exists()]
    assert not list(short_folder.iterdir())


@pytest.mark.slow
def test_images_are_shared_too(run, tmp_path, rng, capsys):
    folder = tmp_path / "images"
    folder.mkdir()
    for number in range(12):
        Image.fromarray(rng.integers(0, 256, (30, 40 + number, 4), np.uint8)).save(folder / f"{number}.png")
    (folder / "7.png").write_bytes(b"broken")
    words = ["predict", str(run.folder), str(folder), "--out"]
    assert cli.main([*words, str(tmp_path / "shared"), "--workers", "2"]) == 0
    assert "skipped: " in capsys.readouterr().err
    assert cli.main([*words, str(tmp_path / "alone")]) == 0
    assert_same(tmp_path / "shared", tmp_path / "alone")
    for path in (tmp_path / "alone" / "overlays").iterdir():
        assert (tmp_path / "shared" / "overlays" / path.name).read_bytes() == path.read_bytes()
    assert len(list((tmp_path / "alone" / "overlays").iterdir())) == 11
