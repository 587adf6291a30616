"""keras-tuner's oracles, which choose the values of trials, made to outlast kills; and one that walks a grid."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras_tuner
from keras_tuner import oracles

from tfkeypoints import files
from tfkeypoints.tuning.hypermodels import NUM_KEYPOINTS
from tfkeypoints.tuning.sweep import MAX_SHARES, Sweep


class DurableOracle(keras_tuner.Oracle):
    """What every oracle here has: its state is whole on disk at every moment, and complete when it is resumed.

    Note: keras-tuner's own writes in place, keeps trials waiting for the very worker that had them, forgets a trial
        that was drawn but not listed, counts one twice that two workers report, takes an infinite objective for a
        result, and fills up the list of the best with trials that have none.
    """

    def save(self) -> None:
        files.write_json(self._get_oracle_fname(), self.get_state())

    def _save_trial(self, trial: keras_tuner.engine.trial.Trial) -> None:
        files.write_json(Path(self._get_trial_dir(trial.trial_id)) / "trial.json", trial.get_state())

    def reload(self) -> None:
        """Resumes the search: trials that were begun and have not ended wait for the next worker, whoever that is."""
        super().reload()
        self.trials: dict[str, keras_tuner.engine.trial.Trial] = {name: self.trials[name] for name in self.start_order}
        ended = [name for name, trial in self.trials.items() if trial.status in ("COMPLETED", "FAILED")]
        self.end_order += [name for name in ended if name not in self.end_order]
        self._retry_queue = [name for name in reversed(self.start_order) if name not in ended]
        for name in self._retry_queue:
            trial = self.trials[name]
            trial.metrics = type(trial.metrics)()
        self.ongoing_trials: dict[str, keras_tuner.engine.trial.Trial] = {}

    @keras_tuner.synchronized
    def update_trial(
        self, trial_id: str, metrics: Mapping[str, float], step: int = 0
    ) -> keras_tuner.engine.trial.Trial:
        if trial_id in self.end_order:
            return self.trials[trial_id]
        return super().update_trial(trial_id, metrics, step)

    @keras_tuner.synchronized
    def end_trial(self, trial: keras_tuner.engine.trial.Trial) -> None:
        if trial.trial_id in self._retry_queue:
            self._retry_queue.remove(trial.trial_id)
        if trial.trial_id in self.end_order:
            self.ongoing_trials = {
                worker: other for worker, other in self.ongoing_trials.items() if other.trial_id != trial.trial_id
            }
        else:
            super().end_trial(trial)

    def score_trial(self, trial: keras_tuner.engine.trial.Trial) -> None:
        super().score_trial(trial)
        if math.isinf(trial.score):
            trial.score = math.nan  # with which a trial has failed

    def get_best_trials(self, num_trials: int = 1) -> list[keras_tuner.engine.trial.Trial]:
        """Those of the best that have ended with a finite objective, the best one first; maybe fewer than asked for."""
        return [trial for trial in super().get_best_trials(num_trials) if trial.status == "COMPLETED"]


class GridOracle(DurableOracle):
    """Every number of keypoints once, in order.

    Note: keras-tuner's own grid keeps its place in memory alone, and can't be resumed.

    Args:
        num_keypoints: The numbers.
        **options: Of `keras_tuner.Oracle`.
    """

    def __init__(self, num_keypoints: Sequence[int], **options: Any) -> None:
        super().__init__(**options)
        self.num_keypoints = num_keypoints

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        tried = {trial.hyperparameters.values[NUM_KEYPOINTS] for trial in self.trials.values()}
        left = [number for number in self.num_keypoints if number not in tried]
        if not left:
            return {"status": "STOPPED", "values": None}
        return {"status": "RUNNING", "values": {NUM_KEYPOINTS: left[0]}}


class RandomOracle(DurableOracle, oracles.RandomSearchOracle):
    """Values at random."""


class BayesianOracle(DurableOracle, oracles.BayesianOptimizationOracle):
    """Values where a Gaussian process expects most of them."""


class HyperbandOracle(DurableOracle, oracles.HyperbandOracle):
    """Many values with few steps, the best of them again with more."""


def make_oracle(sweep: Sweep) -> DurableOracle:
    """Makes the oracle of a sweep, quiet, and deterministic for the sweep's seed.

    Raises:
        ValueError: If it needs a package that is not there.
    """
    hypermodel = sweep.hypermodel
    space = keras_tuner.HyperParameters()
    hypermodel.declare_hyperparameters(space)
    options = {
        "objective": keras_tuner.Objective(sweep.objective, sweep.direction),
        "hyperparameters": space,
        "seed": sweep.training.recipe.seed + 1,  # 0 means any
        "max_consecutive_failed_trials": -1,  # never reached: failures are recorded, and the search goes on
    }
    try:
        if sweep.search == "grid":
            oracle = GridOracle(hypermodel.num_keypoints, **options)
        elif sweep.search == "hyperband":
            oracle = HyperbandOracle(max_epochs=MAX_SHARES, **options)
        else:
            kind = {"random": RandomOracle, "bayesian": BayesianOracle}[sweep.search]
            oracle = kind(max_trials=sweep.trials, **options)
    except ImportError as error:
        raise ValueError(f"`search={sweep.search}` needs scikit-learn: pip install 'tfkeypoints[tuning]'") from error
    oracle.verbose = 0
    return oracle
