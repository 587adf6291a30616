"""The folder of a sweep: what it is to find out, and what it has found out so far."""

import dataclasses
import json
import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from tfkeypoints import files
from tfkeypoints.arguments import check_positive_integers
from tfkeypoints.training.run import Run, check_folder
from tfkeypoints.training.training import Training
from tfkeypoints.tuning.hypermodels import NUM_KEYPOINTS, KeypointHyperModel

MAX_SHARES = 9
"""Hyperband gives trials 1, 3 or 9 ninths of the steps."""


@dataclasses.dataclass(frozen=True)
class Trial:
    """One choice of values and what came of it.

    Args:
        name: Its number, as keras-tuner writes it.
        values: Hyperparameter to value.
        steps: Training steps of each execution.
        results: Of the finished executions, in order: `{"metrics": {name: value}, "seconds": ...}` or
            `{"error": ...}`.
        executions: How many there shall be.
        objective: Name of the metric.
    """

    name: str
    values: Mapping[str, Any]
    steps: int
    results: list[Mapping[str, Any]]
    executions: int
    objective: str

    @property
    def num_keypoints(self) -> int:
        return self.values[NUM_KEYPOINTS]

    @property
    def error(self) -> str | None:
        """Why it failed, if it did."""
        return next((result["error"] for result in self.results if "error" in result), None)

    @property
    def status(self) -> str:
        """ "completed", "failed" or "unfinished"."""
        if self.error:
            return "failed"
        return "completed" if len(self.results) == self.executions else "unfinished"

    @property
    def scores(self) -> list[float]:
        """The objective of each execution that succeeded."""
        return [result["metrics"][self.objective] for result in self.results if "metrics" in result]

    @property
    def mean(self) -> float:
        return statistics.fmean(self.scores)

    @property
    def std(self) -> float:
        """Standard deviation over the executions; 0 if there is one."""
        return statistics.stdev(self.scores) if len(self.scores) > 1 else 0.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sweep:
    """A search for the best number of keypoints, as a folder.

    | file | content |
    | --- | --- |
    | `sweep.json` | what is searched, and how |
    | `trials/N/` | a trial: its values, and for each execution an ordinary run and its result |
    | `search/` | keras-tuner's own state |
    | `trials.csv`, `objective.png`, `keypoints.png` | the report |
    | `best/` | the best execution, an ordinary run |
    | `logs/` | TensorBoard's HParams; what chief and workers printed |

    Args:
        folder: The folder; it need not exist yet.
        training: The training whose options hold for all trials.
        num_keypoints: Numbers of keypoints to try.
        search: "grid" tries every number of keypoints once and varies nothing else.
        trials: Of "random" and "bayesian"; "hyperband" has a number of its own, "grid" one a number of keypoints.
        executions: Trainings a trial, with different seeds.
        fixed: Options of the training that are not varied.
        objective: A metric of the history (`val_...`), or one that `tfkeypoints evaluate` reports, measured on the
            validation split; by default the recipe's.
        direction: "min" or "max": what is better.
    """

    folder: Path
    training: Training
    num_keypoints: tuple[int, ...]
    search: Literal["grid", "random", "bayesian", "hyperband"] = "grid"
    trials: int = 20
    executions: int = 2
    fixed: tuple[str, ...] = ()
    objective: str = ""
    direction: Literal["min", "max"] = "min"

    def __post_init__(self) -> None:
        check_positive_integers(trials=self.trials, executions=self.executions)
        if not self.objective:
            object.__setattr__(self, "objective", self.training.recipe.objective)

    @property
    def hypermodel(self) -> KeypointHyperModel:
        """What is varied."""
        return KeypointHyperModel(self.training, self.num_keypoints, self.fixed, vary=self.search != "grid")

    @property
    def full_steps(self) -> int:
        """Training steps of an execution; Hyperband gives some trials fewer."""
        return self.training.recipe.steps

    @property
    def best(self) -> Run:
        """The best execution, once there is a report."""
        return Run(self.folder / "best")

    def start(self) -> None:
        """Makes the folder, or checks that it holds this sweep.

        A sweep of a grid may be resumed with more numbers of keypoints, a random or Bayesian one with more trials.

        Raises:
            ValueError: If the folder holds something else, or an option makes no sense.
        """
        path = self.folder / "sweep.json"
        config = self._config()
        grows = NUM_KEYPOINTS if self.search == "grid" else "trials"
        check_folder(path, {name: value for name, value in config.items() if name != grows}, "sweep")
        if not path.exists():
            self._check_options()
        files.write_json(path, config)

    def trial_folder(self, name: str) -> Path:
        """Where a trial's executions lie."""
        return self.folder / "trials" / name

    def execution(self, name: str, number: int) -> Run:
        """The run of a trial's execution."""
        return Run(self.trial_folder(name) / f"execution_{number}")

    def best_execution(self, trial: Trial) -> Run:
        """The run of a completed trial whose objective is best."""
        better = {"min": min, "max": max}[self.direction]
        return self.execution(trial.name, better(range(len(trial.scores)), key=trial.scores.__getitem__))

    def result_file(self, name: str, number: int) -> Path:
        """What came of a trial's execution."""
        return self.trial_folder(name) / f"execution_{number}.json"

    def training_of(self, name: str, number: int, values: Mapping[str, Any]) -> Training:
        """The training of a trial's execution, as it is to be called. Every execution has a seed of its own."""
        named = {"monitor": self.objective, "monitor_mode": self.direction} if self._in_history else {}
        recipe = self.hypermodel.recipe_with(values).with_steps(self.steps_of(values))
        recipe = recipe.with_options(seed=self.training.recipe.seed + number, **named)
        return dataclasses.replace(self.training, recipe=recipe, run=self.execution(name, number).folder)

    def steps_of(self, values: Mapping[str, Any]) -> int:
        """Training steps that the values of a trial ask for."""
        return -(-self.full_steps * values.get("tuner/epochs", MAX_SHARES) // MAX_SHARES)

    def read_trials(self) -> list[Trial]:
        """All trials that were begun, oldest first."""
        trials = []
        for path in sorted((self.folder / "trials").glob("*/values.json"), key=lambda path: int(path.parent.name)):
            name, values = path.parent.name, files.read_json(path)
            results = [self.result_file(name, number) for number in range(self.executions)]
            trials.append(
                Trial(
                    name,
                    {key: value for key, value in values.items() if not key.startswith("tuner/")},
                    self.steps_of(values),
                    [files.read_json(result) for result in results if result.exists()],
                    self.executions,
                    self.objective,
                )
            )
        return trials

    @property
    def _in_history(self) -> bool:
        return self.objective.startswith("val_")

    def _config(self) -> dict[str, Any]:
        options = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        del options["folder"]
        return json.loads(json.dumps({**options, "training": self.training.config()}))

    def _check_options(self) -> None:
        """Finds out before the first trial what would make all of them fail."""
        import keras_tuner

        from tfkeypoints.training.loop import check_examples, check_monitor
        from tfkeypoints.tuning.execution import evaluate

        hypermodel = self.hypermodel
        model = hypermodel.build(keras_tuner.HyperParameters())
        check_examples(model, hypermodel.examples)
        if self._in_history:
            check_monitor(model, self.objective)
        elif self.objective not in (known := evaluate(model, self.training)):
            raise ValueError(
                f"`objective` should be one of {', '.join(sorted(known))}, or a metric of the history, which begins "
                f"with val_. Received: objective={self.objective}"
            )
