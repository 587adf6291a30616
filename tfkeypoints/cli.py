"""The command line: finds the command, lets tyro fill its options, and turns bad input into one line."""

import difflib
import importlib
import importlib.metadata
import inspect
import logging
import os
import re
import select
import sys
from collections.abc import Callable, Sequence
from typing import TextIO

from tfkeypoints.commands.command import Command
from tfkeypoints.methods import trained_by

COMMANDS = {
    "show": "show.Show",
    "data build": "data.Build",
    "data info": "data.Info",
    "data show": "data.Show",
    **{f"train {method}": f"train.command:{method}" for method in trained_by("train")},
    **{f"tune {method}": f"tune.command:{method}" for method in trained_by("train")},
    "import keypointnet": "originals.ImportKeypointNet",
    "evaluate": "evaluate.Evaluate",
    "predict": "predict.Predict",
    "label": "label.Label",
    "cameras info": "cameras.Info",
    "cameras show": "cameras.Show",
    "cameras convert": "cameras.Convert",
    "export": "export.Export",
    "serve": "serve.Serve",
    "cameras check": "cameras_check.Check",
    "control train": "control_train.Train",
    "control evaluate": "control.Evaluate",
    "control video": "control.Video",
}
"""Command to `module.Class` in `tfkeypoints.commands`, a dataclass whose fields are the options and which is called to
run it; or to `module.function:method`, a function that makes the `Command` of a method."""

RENAMED = {"--initial-deviation": "--initial-std"}
"""Options of before, to their names now."""

TRACEBACK = "TFKEYPOINTS_TRACEBACK"

PLAIN = (ValueError, OSError, ImportError)
"""Errors whose whole text is for the user."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns the exit code: 0, 2 for bad input, 130 for an interruption, 141 where what reads
    its output, such as `head`, has ended before it.

    Args:
        arguments: What stands after `tfkeypoints`; by default the process' own.

    Example:
        >>> main(["train", "keypointnet", "--preset", "demo", "--run", "runs/demo"])
    """
    try:
        try:
            return _run(list(sys.argv[1:] if arguments is None else arguments))
        finally:
            sys.stdout.flush()
    except BrokenPipeError as error:
        if _is_unread():
            return 141
        print(f"error: {error}", file=sys.stderr)
        return 2


def _run(arguments: list[str]) -> int:
    """Runs one command and returns the exit code; a pipe that nobody reads is the caller's business."""
    if arguments == ["--version"]:
        from tfkeypoints import __version__

        print(f"tfkeypoints {__version__}")
        return 0
    name = _command_name(arguments)
    if name is None:
        return _explain(arguments)
    try:
        command = _parse(name, arguments[len(name.split()) :])
        import_tensorflow_quietly()
        command()
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        raise
    except Exception as error:
        if os.environ.get(TRACEBACK) or not _is_bad_input(error):
            raise
        print(f"error: {_message(error)}", file=sys.stderr)
        return 2
    return 0


def _is_unread() -> bool:
    """Whether nobody reads standard output or error any more; what is still written there is lost then."""
    unread = [stream for stream in (sys.stdout, sys.stderr) if _has_no_reader(stream)]
    for stream in unread:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())
        os.close(nothing)
    return bool(unread)


def _has_no_reader(stream: TextIO) -> bool:
    try:
        descriptor = stream.fileno()
    except OSError:  # of what stands in for it, as in tests
        return False
    states = select.poll()
    states.register(descriptor, 0)
    return any(state & select.POLLERR for _, state in states.poll(0))


def _command_name(arguments: list[str]) -> str | None:
    """The command at the start of the arguments; None if there is none."""
    return next((name for name in COMMANDS if arguments[: len(name.split())] == name.split()), None)


def _command(name: str) -> Command:
    place, _, method = COMMANDS[name].partition(":")
    module, attribute = place.split(".")
    found = getattr(importlib.import_module(f"tfkeypoints.commands.{module}"), attribute)
    return found(method) if method else Command(found, inspect.getdoc(found) or "")


def _parse(name: str, arguments: list[str]) -> Callable[[], object]:
    import tyro

    command, arguments = _command(name), [_today(word) for word in arguments]
    defaults = {"default": command.defaults(arguments)} if command.defaults else {}
    return tyro.cli(
        command.options, prog=f"tfkeypoints {name}", description=command.description, args=arguments, **defaults
    )


def _today(word: str) -> str:
    """A word of the command line, with the name that an option has now; a hint says so."""
    option, separator, value = word.partition("=")
    now = RENAMED.get(option.replace("_", "-"))
    if now is None:
        return word
    print(f"hint: {option} is called {now} now", file=sys.stderr)
    return now + separator + value


def import_tensorflow_quietly() -> None:
    """Imports TensorFlow without the lines that it writes to standard error whatever its log level is.

    Nor does TensorFlow Datasets, which warns of its own deprecated attribute at every read, and of every configuration
    that is not its builder's own.
    """
    unwanted = ("FeatureConnector.dtype", "Using custom data configuration")
    logging.getLogger("absl").addFilter(lambda record: not any(each in record.getMessage() for each in unwanted))
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    kept = os.dup(2)
    with open(os.devnull, "w") as nothing:
        os.dup2(nothing.fileno(), 2)
    try:
        importlib.import_module("tensorflow").get_logger().setLevel("ERROR")
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _explain(arguments: list[str]) -> int:
    """Lists the commands, or those of a group; says so if what was asked for does not exist."""
    words = [word for word in arguments if not word.startswith("-")]
    group = [name for name in COMMANDS if words and name.split()[0] == words[0]]
    unknown = words and (not group or len(words) > 1)
    if unknown:
        close = difflib.get_close_matches(" ".join(words[:2]), COMMANDS, n=1) or difflib.get_close_matches(
            words[0], COMMANDS, n=1
        )
        hint = f" Did you mean `tfkeypoints {close[0]}`?" if close else ""
        print(f"error: there is no command `{' '.join(words[:2])}`.{hint}\n", file=sys.stderr)
    asked = not arguments or "--help" in arguments or "-h" in arguments
    failed = unknown or not asked
    rows = "\n".join(f"  {name:20s}{_summary(name)}" for name in group or COMMANDS)
    print(
        "usage: tfkeypoints COMMAND [OPTIONS]\n\nKeypoints in 3D from calibrated images, learnt without labels.\n\n"
        f"Commands:\n{rows}\n\n"
        "Example:\n  tfkeypoints train keypointnet --preset demo --run runs/demo\n  tfkeypoints evaluate runs/demo\n\n"
        "`tfkeypoints COMMAND --help` explains a command, `tfkeypoints --version` tells the version.\n"
        f"With {TRACEBACK}=1 in the environment, errors show where they came from.",
        file=sys.stderr if failed else sys.stdout,
    )
    return 2 if failed else 0


def _summary(name: str) -> str:
    return _command(name).description.splitlines()[0]


def _is_bad_input(error: Exception) -> bool:
    """Whether the message alone tells the user what to change: values, files and packages, not our own faults."""
    if isinstance(error, PLAIN):
        return True
    from tensorflow import errors

    return isinstance(error, (errors.InvalidArgumentError, errors.DataLossError, errors.NotFoundError))


def _message(error: Exception) -> str:
    """The error's text; of TensorFlow's, only what stands between the path through the graph and the traceback."""
    if isinstance(error, ModuleNotFoundError):
        return f"{error}{_remedy(error.name)}"
    if isinstance(error, PLAIN):
        return str(error)
    line = str(getattr(error, "message", error)).splitlines()[0]
    return line.partition("ValueError: ")[2] or line


def _remedy(package: str | None) -> str:
    """How to install a package that an extra brings; empty if none does."""
    from packaging.requirements import Requirement

    requirements = [Requirement(line) for line in importlib.metadata.requires("tfkeypoints") or ()]
    markers = [each.marker for each in requirements if each.name == package and "extra" in str(each.marker)]
    found = re.search(r'extra == "(\w+)"', str(markers[0])) if markers else None
    if found is None:
        return ""
    extra = found[1]
    if any(marker.evaluate({"extra": extra}) for marker in markers):
        return f": pip install 'tfkeypoints[{extra}]'"
    return f", which has no release for Python {sys.version_info.major}.{sys.version_info.minor} that works here"


if __name__ == "__main__":
    sys.exit(main())
