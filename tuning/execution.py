"""One training of a trial, in a process of its own: what it takes, or breaks, ends with it."""

import contextlib
import fcntl
import math
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from tfkeypoints import files
from tfkeypoints.processes import end_with_parent, main_script_hidden
from tfkeypoints.training.run import Run
from tfkeypoints.training.training import Training

if TYPE_CHECKING:
    import keras


ATTEMPTS = 2
"""How often a training is begun or resumed whose process is killed: once by chance, twice by what it needs."""


def execute(training: Training, result_file: Path, objective: str) -> dict[str, Any]:
    """Carries out a training, unless that was done before, and returns its result; a failure is a result too.

    Args:
        training: The training. One that was stopped goes on.
        result_file: Where the result is written: `{"metrics": {name: value}, "seconds": ...}` of the epoch whose
            weights were kept, or `{"error": ...}`.
        objective: A metric that the history does not have is measured on the validation split, with all others that
            `tfkeypoints evaluate` knows.
    """
    for _ in range(ATTEMPTS):
        if result_file.exists():
            break
        code = _in_own_process(_train, training, result_file, objective)
    if not result_file.exists():
        reason = f"was killed by signal {-code}, perhaps for want of memory" if code < 0 else f"ended with code {code}"
        files.write_json(result_file, {"error": f"the training's process {reason}"})
    return files.read_json(result_file)


def _in_own_process(target: Callable[..., None], *arguments: Any) -> int:
    process = multiprocessing.get_context("spawn").Process(target=target, args=arguments)
    with main_script_hidden():
        process.start()
    try:
        process.join()
    finally:
        process.kill()
        process.join()
    return cast(int, process.exitcode)  # which every process has that has ended


def _train(training: Training, result_file: Path, objective: str) -> None:
    end_with_parent()
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")  # other workers may train on the same GPU
    with _locked(result_file.with_suffix(".lock")):
        if result_file.exists():
            return
        begun = time.monotonic()
        try:
            run = training()
            result = {"metrics": _measure(run, training, objective), "seconds": time.monotonic() - begun}
        except Exception as error:
            result = {"error": f"{type(error).__name__}: {error}"}
        files.write_json(result_file, result)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Waits until no other process is at this training; the lock ends with the process, however that ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _measure(run: Run, training: Training, objective: str) -> Mapping[str, float]:
    """Validation metrics of the weights that the run kept, and if asked for those of the evaluation."""
    recipe = training.recipe
    best = {"min": min, "max": max}[recipe.monitor_mode]
    row = best(run.history, key=lambda row: row[recipe.monitor])
    metrics: dict[str, float | None] = {
        name: value for name, value in row.items() if name.startswith("val_") or name == "step"
    }
    if objective not in metrics:
        metrics |= evaluate(run.load_model(), training)
    measured = metrics.get(objective)
    if measured is None or not math.isfinite(measured):
        raise ValueError(f"the trained model has no finite {objective}: {measured}")
    return {name: value for name, value in metrics.items() if value is not None}


def evaluate(model: "keras.Model", training: Training) -> dict[str, float | None]:
    """Measures a model on the validation split of a training's data: the numbers of `tfkeypoints evaluate`."""
    config = {"data": training.data_name, "data_dir": training.data_dir}
    metrics, *_ = training.recipe.evaluation().measure_split(model, config, "validation")
    return {name: value for name, value in metrics.items() if not isinstance(value, (dict, list))}
