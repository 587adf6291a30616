"""Tutorials are gone through from the first block to the last, commands and Python, with smaller data and trainings."""

import subprocess
import sys
import time
import urllib.request

import numpy as np
import pytest

from tests.data.sessions import filmed
from tests.docs import pages
from tests.docs.small import use_small_data
from tests.serving.running import free_port
from tfkeypoints import cli

NEEDS = {
    "docs/own_cameras.md": {},
    "docs/tutorials/category.md": {"rendering": ["trimesh", "embreex"]},
    "docs/tutorials/policy.md": {"control": ["gymnasium"]},
    "docs/tutorials/choosing_k.md": {"rendering": ["trimesh", "embreex"], "tuning": ["keras_tuner"]},
    "docs/tutorials/serving.md": {"rendering": ["trimesh", "embreex"], "serving": ["kserve"]},
}
BEFORE = {
    "docs/tutorials/choosing_k.md": ("docs/tutorials/category.md", 1),
    "docs/tutorials/serving.md": ("docs/tutorials/category.md", 3),
}
"""The tutorial that one builds upon, and how many of its blocks."""

NETWORK = ["--steps", "4", "--filters", "4", "--batch-size", "4", "--num-views", "4"]
SHORTER = {
    "train keypoint3d": [
        *("--steps", "4", "--filters", "4", "--batch-size", "4", "--validate-every", "2"),
        *("--num-keypoints", "4", "--image-size", "32", "--num-frames", "12"),
    ],
    "train keypointnet": [*NETWORK, "--validate-every", "2"],
    "tune keypointnet": [*NETWORK, "--validate-every", "2", "--k", "3", "4", "--executions", "1"],
    "control train": [
        *("--steps", "96", "--num-envs", "2", "--horizon", "8", "--batch-size", "8", "--epochs", "1"),
        *("--image-size", "32", "--num-keypoints", "3", "--detector-start", "2", "--detector-steps", "1"),
        *("--detector-batch-size", "4", "--buffer-size", "64"),
    ],
    "control evaluate": ["--episodes", "2", "--num-envs", "2"],
    "control video": ["--episodes", "1"],
}
"""Options of a command that come after those on the page, and so hold instead of them."""


def go_through(blocks, port, names, servers):
    """Does what the blocks say: commands in this process, servers and scripts in others, Python in one session."""
    for block in blocks:
        code = block.code.replace("8501", str(port)).replace("64, 64, 4", "32, 32, 4")
        if block.language == "python":
            exec(compile(code, "tutorial", "exec"), names)
        for words in pages.calls_of(code, "tfkeypoints") if block.language == "sh" else []:
            if words[0] == "serve":
                ports = ["--port", str(port), "--grpc-port", str(free_port())]
                servers.append(subprocess.Popen([sys.executable, "-m", "tfkeypoints.cli", *words, *ports]))
                wait_for(f"http://127.0.0.1:{port}/v2/health/ready", servers[-1])
            else:
                name = cli._command_name(words)
                assert cli.main([*words, *SHORTER.get(name, [])]) == 0, words
        for words in pages.calls_of(code, "python") if block.language == "sh" else []:
            done = subprocess.run([sys.executable, pages.ROOT / words[0], *words[1:]], capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            names["printed"] = done.stdout


def wait_for(url, process):
    """Waits until a server is ready."""
    while process.poll() is None:
        try:
            with urllib.request.urlopen(url):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"the server ended with {process.returncode}")


@pytest.mark.slow
@pytest.mark.parametrize("page", NEEDS)
def test_a_tutorial_can_be_gone_through(page, tmp_path, monkeypatch):
    for extra, packages in NEEDS[page].items():
        for package in packages:
            pytest.importorskip(package, reason=f"{package} is not installed (extra `{extra}`)")
    monkeypatch.chdir(tmp_path)
    use_small_data(monkeypatch, tmp_path / "data")
    if page == "docs/own_cameras.md":
        record_two_days(tmp_path)
    earlier, count = BEFORE.get(page, (page, 0))
    names, servers = {}, []
    try:
        go_through([*runnable(earlier)[:count], *runnable(page)], free_port(), names, servers)
    finally:
        for server in servers:
            server.terminate()
            server.wait()
    CHECKS[page](names, tmp_path)


def record_two_days(folder):
    """What the reader of docs/own_cameras.md has: two days before the cameras left, right and top, and their file."""
    for day, walk in (("monday", 2.4), ("tuesday", 1.6)):
        filmed.film(30, walk).write(folder / "sessions" / day, folder / "calibration.toml")


def runnable(page):
    """The blocks that are to be done, without what is printed."""
    return [block for block in pages.blocks(page) if block.language in ("sh", "python")]


def points_of_a_day(names, folder):
    assert (folder / "check.png").exists() and (folder / "runs/mine/metrics.json").exists()
    assert np.load(folder / "runs/mine/predictions/keypoints.npz")["keypoints"].shape == (30, 4, 3)


def points_are_found(names, folder):
    assert names["found"]["points_camera"].shape[0] == 3 and (folder / "chairs.png").exists()
    assert len(list((folder / "found/overlays").glob("*.png"))) == 3


def a_policy_is_exported(names, folder):
    assert float(names["rows"][-1]["env_steps"]) == 96
    assert (folder / "exported/reach/1/saved_model.pb").exists()


def both_numbers_were_tried(names, folder):
    assert (folder / "runs/how-many/objective.png").exists() and (folder / "runs/how-many/best/metrics.json").exists()


def a_line_for_each_keypoint(names, folder):
    assert len(names["printed"].splitlines()) == names["answer"]["points_camera"].shape[2]


CHECKS = dict(
    zip(
        NEEDS,
        (points_of_a_day, points_are_found, a_policy_is_exported, both_numbers_were_tried, a_line_for_each_keypoint),
        strict=True,
    )
)


def test_every_tutorial_is_gone_through():
    assert set(NEEDS) == {page for page in pages.PAGES if page.startswith("docs/tutorials/")} | {"docs/own_cameras.md"}
