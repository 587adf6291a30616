"""The search: asks the oracle for trials and carries them out, alone or as one of several workers of a chief."""

import contextlib
import os
import time
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import grpc
import keras
import keras_tuner
from keras_tuner.engine.base_tuner import BaseTuner
from keras_tuner.errors import FailedTrialError

from tfkeypoints import files
from tfkeypoints.tuning.execution import execute
from tfkeypoints.tuning.oracles import make_oracle
from tfkeypoints.tuning.sweep import Sweep, Trial

PAUSE = 0.2
"""Seconds between two questions for a trial: keras-tuner asks without a pause while others must finish first."""

CHIEF = "chief"


class SweepTuner(BaseTuner):
    """Carries out the trials of a sweep; each execution is an ordinary run in a process of its own.

    Args:
        sweep: The sweep; its folder must have been started.
    """

    def __init__(self, sweep: Sweep):
        self.sweep = sweep
        super().__init__(make_oracle(sweep), directory=str(sweep.folder), project_name="search")

    def run_trial(self, trial: keras_tuner.engine.trial.Trial) -> dict[str, float]:
        """Runs all executions; returns the mean of the objective.

        Raises:
            FailedTrialError: If one of them fails; the rest are left out.
        """
        name, values = trial.trial_id, trial.hyperparameters.values
        files.write_json(self.sweep.trial_folder(name) / "values.json", values)
        print(f"trial {name}: {_describe_values(values)}", flush=True)
        for number in range(self.sweep.executions):
            training = self.sweep.training_of(name, number, values)
            result = execute(training, self.sweep.result_file(name, number), self.sweep.objective)
            if "error" in result:
                print(f"trial {name} failed: {result['error']}", flush=True)
                raise FailedTrialError(result["error"])
        done = next(done for done in self.sweep.read_trials() if done.name == name)
        print(f"trial {name}: {describe_score(done)}", flush=True)
        return {self.sweep.objective: done.mean}

    def _try_run_and_update_trial(self, trial: keras_tuner.engine.trial.Trial) -> None:
        """keras-tuner's own would also take for a failed trial what is wrong with the search, and print tracebacks."""
        try:
            self.oracle.update_trial(trial.trial_id, self.run_trial(trial))
            trial.status = "COMPLETED"
        except FailedTrialError as error:
            trial.status, trial.message = "FAILED", str(error)

    def load_model(self, trial: keras_tuner.engine.trial.Trial) -> keras.Model:
        """The model of a trial's best execution."""
        (done,) = (done for done in self.sweep.read_trials() if done.name == trial.trial_id)
        return self.sweep.best_execution(done).load_model()

    def pre_create_trial(self) -> None:
        time.sleep(PAUSE)

    def save(self) -> None:
        if not self._is_worker():
            self.oracle.save()

    def reload(self) -> None:
        if not self._is_worker():
            self.oracle.reload()

    def _get_tuner_fname(self) -> str:
        return self.oracle._get_oracle_fname()


def search(
    sweep: Sweep,
    role: Literal["alone", "chief", "worker"] = "alone",
    address: str | None = None,
    worker: str | None = None,
) -> None:
    """Carries out what is left of a sweep, whose folder must have been started.

    Args:
        sweep: The sweep. Several machines must see its folder under the same path.
        role: "alone"; or "chief", which hands out the trials to others and trains nothing; or "worker".
        address: The chief's HOST:PORT.
        worker: Name of this worker; each has another.

    Raises:
        ConnectionError: If a worker loses its chief.
    """
    with _role(role, address, worker):
        try:
            SweepTuner(sweep).search()
        except grpc.RpcError as error:
            raise ConnectionError(
                f"worker {worker} lost the chief at {address}. Start the chief again, then the worker: "
                "the search goes on where it stood"
            ) from error


def describe_score(trial: Trial) -> str:
    """The objective of a completed trial with its std."""
    return f"{trial.objective} {trial.mean:.4g} ± {trial.std:.2g} ({len(trial.scores)} executions)"


def _describe_values(values: Mapping[str, Any]) -> str:
    shown = {name: value for name, value in values.items() if not name.startswith("tuner/")}
    return "  ".join(
        f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}" for name, value in shown.items()
    )


@contextlib.contextmanager
def _role(role: str, address: str | None, worker: str | None) -> Iterator[None]:
    """Tells keras-tuner, through the environment as it wants it, which part this process plays."""
    if role == "alone":
        yield
        return
    host, separator, port = (address or "").rpartition(":")
    if not separator or not port.isdigit():
        raise ValueError(f"`address` should be the chief's HOST:PORT. Received: address={address}")
    name = CHIEF if role == "chief" else worker
    if not name or (role == "worker" and CHIEF in name):
        raise ValueError(f"`worker` should be a name of its own, without {CHIEF!r} in it. Received: worker={worker}")
    variables = {"KERASTUNER_TUNER_ID": name, "KERASTUNER_ORACLE_IP": host, "KERASTUNER_ORACLE_PORT": port}
    os.environ.update(variables)
    try:
        yield
    finally:
        for variable in variables:
            del os.environ[variable]
