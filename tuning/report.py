"""What a sweep found, to decide by: a table, pictures, TensorBoard's HParams, and the best run."""

import csv
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from tfkeypoints import files
from tfkeypoints.data.example import CAMERA_KEYS
from tfkeypoints.evaluation.tables import format_rows
from tfkeypoints.training.run import Run
from tfkeypoints.tuning import pictures
from tfkeypoints.tuning.elbow import elbow
from tfkeypoints.tuning.sweep import Sweep, Trial

EXAMPLES, VIEWS = 3, 2
"""Validation examples, and views of each, that are drawn with the keypoints of several K."""

ROWS = 6
"""At most so many K are drawn."""


def write_report(sweep: Sweep) -> str:
    """Writes the report of the trials so far, and returns its table for the terminal.

    Raises:
        ValueError: If no trial has succeeded; the message says why.
    """
    trials = sweep.read_trials()
    completed = [trial for trial in trials if trial.status == "completed"]
    write_table(sweep, trials)
    if not completed:
        reasons = sorted({trial.error for trial in trials if trial.error})
        raise ValueError("no trial of the sweep has succeeded:\n  " + "\n  ".join(reasons or ["none was finished"]))
    chosen = best_of_each(completed, sweep.full_steps, sweep.direction)
    bend = find_elbow(chosen, sweep.direction)
    best = _better(sweep.direction)(chosen.values(), key=lambda trial: trial.mean)
    _draw(sweep, chosen, bend)
    write_hparams(sweep, completed)
    run = keep_best(sweep, best)
    return describe(sweep, trials, chosen, bend, best, run)


def best_of_each(completed: Sequence[Trial], steps: int, direction: str) -> dict[int, Trial]:
    """The best trial of each number of keypoints, in order; of those with all steps, if there is any."""
    whole = [trial for trial in completed if trial.steps == steps] or completed
    numbers = sorted({trial.num_keypoints for trial in whole})
    better = _better(direction)
    return {k: better((t for t in whole if t.num_keypoints == k), key=lambda trial: trial.mean) for k in numbers}


def find_elbow(chosen: Mapping[int, Trial], direction: str) -> int | None:
    """The elbow over the trials of each number of keypoints; None if the whole gain is within the usual spread."""
    means = {k: trial.mean for k, trial in chosen.items()}
    gain = abs(_better(direction)(means.values()) - means[min(means)])
    if 0 < gain <= np.median([trial.std for trial in chosen.values()]):
        return None
    return elbow(means, direction)


def write_table(sweep: Sweep, trials: Sequence[Trial]) -> None:
    """Writes `trials.csv`: a row a trial, with its values, the objective of each execution, or why it failed."""
    values = list(dict.fromkeys(name for trial in trials for name in trial.values))
    executions = [f"execution_{number}" for number in range(sweep.executions)]
    columns = ["trial", "status", *values, "steps", "mean", "std", *executions, "seconds", "error"]
    with files.whole(sweep.folder / "trials.csv") as partial, open(partial, "w", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        for trial in trials:
            row = {"trial": trial.name, "status": trial.status, **trial.values, "steps": trial.steps}
            if trial.scores:
                row |= {"mean": trial.mean, "std": trial.std}
            row |= dict(zip(executions, trial.scores, strict=False))
            row["seconds"] = round(sum(result.get("seconds", 0) for result in trial.results))
            writer.writerow({**row, "error": trial.error or ""})


def write_hparams(sweep: Sweep, completed: Sequence[Trial]) -> None:
    """Writes each execution's values and metrics for TensorBoard's HParams page, unless they are there."""
    import tensorflow as tf
    from tensorboard.plugins.hparams import api

    for trial in completed:
        for number, result in enumerate(trial.results):
            folder = sweep.folder / "logs" / "hparams" / f"trial_{trial.name}_execution_{number}"
            if folder.exists():
                continue
            with files.whole(folder) as partial:
                writer = tf.summary.create_file_writer(str(partial))
                with writer.as_default():
                    api.hparams({**trial.values, "execution": number}, trial_id=f"{trial.name}_{number}")
                    for name, value in result["metrics"].items():
                        tf.summary.scalar(name, value, step=int(result["metrics"].get("step", 0)))
                writer.close()


def keep_best(sweep: Sweep, trial: Trial) -> Run:
    """Copies the best execution of a trial to `best/`, an ordinary run, unless it is there."""
    execution, best = sweep.best_execution(trial), sweep.best
    if _same_training(best, execution):
        return best
    with tempfile.TemporaryDirectory(dir=sweep.folder) as aside, files.whole(best.folder) as partial:
        shutil.copytree(execution.folder, partial)
        if best.folder.exists():
            os.replace(best.folder, Path(aside) / best.folder.name)
    return best


def _same_training(copy: Run, run: Run) -> bool:
    """Whether a run, which may not exist, has the options and the history of another."""
    pairs = [(copy.config_file, run.config_file), (copy.history_file, run.history_file)]
    return all(ours.exists() and ours.read_bytes() == theirs.read_bytes() for ours, theirs in pairs)


def describe(
    sweep: Sweep, trials: Sequence[Trial], chosen: Mapping[int, Trial], bend: int | None, best: Trial, run: Run
) -> str:
    """Lays out the report for the terminal."""
    columns = ["mean", "std", "least", "most", "trial"]
    rows = {f"K = {k}": [t.mean, t.std, min(t.scores), max(t.scores), t.name] for k, t in chosen.items()}
    failed = [f"  trial {t.name} ({t.num_keypoints} keypoints): {t.error}" for t in trials if t.status == "failed"]
    varied = {name: value for name, value in best.values.items() if name != "num_keypoints"}
    others = "".join(f", {name} {value:.3g}" for name, value in varied.items())
    return "\n".join(
        [
            f"{sweep.objective}, {'least' if sweep.direction == 'min' else 'most'} is best, "
            f"{sweep.executions} executions a trial",
            format_rows(columns, rows, width=10, label_width=12),
            f"elbow: {bend} keypoints"
            if bend
            else "no elbow: the curve does not bend, or differs by no more than chance",
            f"best: {best.num_keypoints} keypoints{others}: {run.folder}",
            *([f"{len(failed)} of {len(trials)} trials failed:", *failed] if failed else []),
            f"table: {sweep.folder / 'trials.csv'}   pictures: {sweep.folder}/objective.png, keypoints.png",
        ]
    )


def _draw(sweep: Sweep, chosen: Mapping[int, Trial], bend: int | None) -> None:
    from tfkeypoints import visualization

    curve = pictures.objective_curve({k: trial.scores for k, trial in chosen.items()}, sweep.objective, bend)
    visualization.save_image(sweep.folder / "objective.png", curve)
    places = np.unique(np.linspace(0, len(chosen) - 1, min(ROWS, len(chosen))).round().astype(int))
    drawn = [list(chosen.values())[place] for place in places]
    visualization.save_image(sweep.folder / "keypoints.png", _same_keypoints(sweep, drawn))


def _same_keypoints(sweep: Sweep, trials: Sequence[Trial]) -> np.ndarray:
    better = _better(sweep.direction)
    examples: dict[str, np.ndarray] = {}
    rows = {}
    for trial in trials:
        run = sweep.best_execution(trial)
        if not examples:
            examples = run.recipe.evaluation().sample(run.config, "validation", EXAMPLES)
        answer = run.load_model()({name: examples[name] for name in CAMERA_KEYS}, training=False)
        uv, confidence = (_flat(answer[name]) for name in ("uv", "confidence"))
        rows[f"K = {trial.num_keypoints}: {better(trial.scores):.4g}"] = uv, confidence
    return pictures.keypoint_rows(_flat(examples["image"]), rows)


def _flat(values: ArrayLike) -> np.ndarray:
    """`[N, V, ...]` to the first views, `[N * VIEWS, ...]`."""
    values = np.asarray(values)[:, :VIEWS]
    return values.reshape(-1, *values.shape[2:])


def _better(direction: str) -> Callable[..., Any]:
    return {"min": min, "max": max}[direction]
