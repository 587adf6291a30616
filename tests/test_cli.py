import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tfkeypoints import __version__, cli


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_help_of_every_command_shows_an_example(name, capsys):
    with pytest.raises(SystemExit) as end:
        cli.main([*name.split(), "--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    assert f"usage: tfkeypoints {name}" in text
    assert f"Example:\n  tfkeypoints {name}" in text


def test_help_lists_every_command(capsys):
    assert cli.main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(f"  {name}  " in text for name in cli.COMMANDS)


def test_help_of_a_group_lists_only_that_group(capsys):
    assert cli.main(["data", "--help"]) == 0
    text = capsys.readouterr().out
    assert "data build" in text
    assert "Train a KeypointNet" not in text


def test_version(capsys):
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"tfkeypoints {__version__}\n"


def test_a_mistyped_command_is_answered_with_the_nearest(capsys):
    assert cli.main(["trian", "keypointnet"]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("error: there is no command `trian keypointnet`. Did you mean `tfkeypoints train")
    assert captured.out == ""


def test_bad_input_is_one_line_and_exit_code_2(tmp_path, capfd):
    assert cli.main(["evaluate", str(tmp_path / "nothing")]) == 2
    captured = capfd.readouterr()
    assert captured.err.startswith("error: `run` should be a run folder")
    assert len(captured.err.splitlines()) == 1


def test_tracebacks_are_shown_on_demand(tmp_path, monkeypatch):
    monkeypatch.setenv(cli.TRACEBACK, "1")
    with pytest.raises(ValueError, match="run folder"):
        cli.main(["evaluate", str(tmp_path / "nothing")])


def test_an_example_that_is_refused_while_batches_are_made_is_bad_input(monkeypatch, capsys):
    def read():
        import tensorflow as tf

        def refuse(value):
            raise ValueError(f"`image` must be finite. Received: {value}")

        next(iter(tf.data.Dataset.range(1).map(lambda value: tf.numpy_function(refuse, [value], tf.int64))))

    monkeypatch.setattr(cli, "_parse", lambda name, arguments: read)
    assert cli.main(["evaluate", "runs/a"]) == 2
    assert capsys.readouterr().err == "error: `image` must be finite. Received: 0\n"


@pytest.mark.parametrize(
    ("package", "remedy"),
    [("trimesh", ": pip install 'tfkeypoints[rendering]'"), ("somewhere", ""), ("imageio", ""), ("", "")],
)
def test_a_package_that_is_missing_is_told_with_the_extra_that_brings_it(package, remedy, monkeypatch, capsys):
    def fail(*_, **__):
        raise ModuleNotFoundError(f"No module named '{package}'", name=package)

    monkeypatch.setattr("tfkeypoints.data.build", fail)
    assert cli.main(["data", "build", "rendered_objects/chairs_64"]) == 2
    assert capsys.readouterr().err == f"error: No module named '{package}'{remedy}\n"


def test_a_package_without_a_release_for_this_python_is_told_as_such(monkeypatch):
    lines = ['one>=1; python_version < "3" and extra == "some"', 'two<3,>=2; python_version < "3" and extra == "some"']
    lines += ['two>=3; python_version >= "3" and extra == "some"']
    monkeypatch.setattr("importlib.metadata.requires", lambda name: lines)
    assert re.fullmatch(r", which has no release for Python 3\.1\d that works here", cli._remedy("one"))
    assert cli._remedy("two") == ": pip install 'tfkeypoints[some]'"


def test_our_own_faults_are_not_taken_for_bad_input(monkeypatch):
    monkeypatch.setattr(cli, "_parse", lambda name, arguments: lambda: {}["missing"])
    with pytest.raises(KeyError):
        cli.main(["evaluate", "runs/a"])


def test_an_interruption_ends_with_130(monkeypatch, capsys):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_parse", lambda name, arguments: interrupted)
    assert cli.main(["evaluate", "runs/a"]) == 130
    assert "interrupted" in capsys.readouterr().err


def test_reading_the_options_does_not_import_tensorflow():
    code = """
import sys
from tfkeypoints import cli
cli.main(["--help"])
for name in cli.COMMANDS:
    try:
        cli.main([*name.split(), "--help"])
    except SystemExit:
        pass
sys.exit("tensorflow" in sys.modules or "keras" in sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_tensorflow_is_imported_without_a_word():
    code = "from tfkeypoints import cli; cli.import_tensorflow_quietly(); import sys; print('here', file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stderr == "here\n"


def test_an_option_of_before_is_taken_with_a_hint(capsys):
    words = ["--env", "hammer", "--method", "state", "--run", "x", "--initial-deviation", "0.5"]
    assert cli._parse("control train", words).initial_std == 0.5
    assert cli._parse("control train", [*words[:-2], "--initial_deviation=0.25"]).initial_std == 0.25
    assert "--initial-deviation is called --initial-std now" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["data", "info", "--help"], ["--help"], ["cameras", "info", "CAMERAS"]])
def test_a_reader_that_ends_early_ends_the_command_quietly(words):
    """Of `tfkeypoints … | head`: the pipe is closed before the first line is written."""
    rig = Path(__file__).parent / "cameras/files/anipose/calibration.toml"
    words = [str(rig) if word == "CAMERAS" else word for word in words]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "tfkeypoints.cli", *words], stdout=write, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(write)
    assert done.returncode == 141 or ("--help" in words and done.returncode == 0)  # argparse passes over it
    assert done.stderr == ""


def test_another_pipe_that_breaks_is_still_an_error(monkeypatch, capsys):
    def fail(*_):
        raise BrokenPipeError("a worker's")

    monkeypatch.setattr(cli, "_parse", fail)
    assert cli.main(["serve", "nowhere"]) == 2
    assert "error: a worker's" in capsys.readouterr().err
