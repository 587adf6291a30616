"""A training whose workers Ray starts, and starts again when one dies. Ray is imported when it is asked for."""

import contextlib
import io
import logging
import os
import shutil
import sys
import tempfile
from types import ModuleType
from typing import TYPE_CHECKING, Any

from tfkeypoints.arguments import check_positive_integers
from tfkeypoints.clusters import ray_cluster
from tfkeypoints.training.checkpoint import Checkpoint
from tfkeypoints.training.run import Run

if TYPE_CHECKING:
    from tfkeypoints.training.training import Training


TRIES = 10
"""Failures without a finished epoch between them after which the training is given up."""

SETTINGS = {
    "RAY_CHDIR_TO_TRIAL_DIR": "0",  # paths are those of the directory in which the command was given
    "RAY_TRAIN_ENABLE_PRINT_PATCH": "0",
    "RAY_TRAIN_METRICS_ENABLED": "0",
    "RAY_TRAIN_WORKER_GROUP_START_TIMEOUT_S": "600",
}
"""Of Ray's trainings, where the user's environment does not set them: nothing is printed but by ours."""

POLL = 0.2
"""Seconds between looks at what the first worker tells."""


def train(training: "Training[Any]", workers: int, address: str | None = None) -> Run:
    """Trains by several workers, as `training()` would by one process: same batches, same files, same output.

    A worker that dies, at any moment, costs the steps since the last checkpoint: all start again from there. The run
    folder must be one that the machines share, since the first worker, which alone uses it, may move.

    Args:
        training: A `Training`.
        workers: How many, each of which takes an equal part of every batch.
        address: Of a Ray cluster that runs already, such as "auto" or "HOST:PORT"; None: one of this machine is
            started, and ends with this process.

    Raises:
        ValueError: If the batch can't be divided, the cluster is too small, or what the training raises.
        RuntimeError: If workers died `TRIES` times without finishing an epoch.
    """
    check_positive_integers(workers=workers)
    recipe = training.recipe
    if recipe.batch_size % workers:
        raise ValueError(
            "`workers` must divide the batch, of which each takes an equal part. "
            f"Received: workers={workers}, batch_size={recipe.batch_size}"
        )
    if training.is_finished():
        return Run(training.folder)
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    with tempfile.TemporaryDirectory() as storage, ray_cluster(address, workers):
        import ray

        gpus = _gpus(ray, workers)
        board = ray.remote(num_cpus=0)(Board).remote()
        arguments = {
            "training": training,
            "board": board,
            "directory": os.getcwd(),
            "columns": shutil.get_terminal_size().columns,
            "terminals": {name: getattr(sys, name).isatty() for name in ("stdout", "stderr")},
        }
        environment = {"env_vars": {name: os.environ[name] for name in SETTINGS}}
        fit = ray.remote(num_cpus=0, max_retries=0, runtime_env=environment)(_fit)
        checkpoint, failures = Checkpoint(Run(training.folder).checkpoints, "epoch"), 0
        while True:
            finished = checkpoint.newest()
            failure = _follow(ray, board, fit.remote(arguments, workers, gpus, storage))
            if failure is None:
                return Run(training.folder)
            failures = 1 if checkpoint.newest() != finished else failures + 1
            if failures == TRIES:
                raise RuntimeError(f"the workers failed {TRIES} times without finishing an epoch: {failure}")
            print(
                "\na worker failed or was lost: all start again from the last checkpoint", file=sys.stderr, flush=True
            )
            _free(ray)


class Board:
    """An actor on which workers write, and from which the command reads."""

    def __init__(self) -> None:
        self._told: list[tuple[str, str]] = []

    def tell(self, kind: str, text: str) -> None:
        self._told.append((kind, text))

    def read(self) -> list[tuple[str, str]]:
        told, self._told = self._told, []
        return told


class Told(io.TextIOBase):
    """A stream of a worker whose text the command writes to its own.

    Args:
        board: Handle of a `Board`.
        name: "stdout" or "stderr".
        terminal: Whether the command's stream is one.
    """

    encoding = "utf-8"

    def __init__(self, board: Any, name: str, terminal: bool) -> None:
        super().__init__()
        self._board, self._name, self._terminal = board, name, terminal

    def write(self, text: str) -> int:
        self._board.tell.remote(self._name, text)
        return len(text)

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self._terminal


def work(arguments: dict[str, Any]) -> None:
    """What each worker does: the training, which finds the others through TF_CONFIG."""
    import ray

    os.environ.pop("TF_USE_LEGACY_KERAS", None)  # Ray asks for Keras 2
    os.environ["COLUMNS"] = str(arguments["columns"])
    if os.path.isdir(arguments["directory"]):
        os.chdir(arguments["directory"])
    from tfkeypoints.cli import import_tensorflow_quietly

    import_tensorflow_quietly()
    logging.getLogger("absl").setLevel(logging.WARNING)  # Ray shows more of the log than a process of its own does
    board, terminals = arguments["board"], arguments["terminals"]
    with contextlib.ExitStack() as stack:
        if ray.train.get_context().get_world_rank() == 0:
            stack.enter_context(contextlib.redirect_stdout(Told(board, "stdout", terminals["stdout"])))
            stack.enter_context(contextlib.redirect_stderr(Told(board, "stderr", terminals["stderr"])))
        try:
            arguments["training"]()
        except (ValueError, ImportError) as error:  # not cured by starting again
            ray.get(board.tell.remote("error", str(error)))
            raise


def _gpus(ray: ModuleType, workers: int) -> int:
    """GPUs of each worker."""
    resources = ray.cluster_resources()
    if resources.get("CPU", 0) < workers:
        raise ValueError(
            f"`workers` must be at most the CPUs of the cluster, {int(resources.get('CPU', 0))}. "
            f"Received: workers={workers}"
        )
    return int(resources.get("GPU", 0)) // workers


def _free(ray: ModuleType) -> None:
    """Gives back what a training that failed holds of the cluster.

    Ray 2.60 keeps the places of workers for good of which one died between its start and that of the training.
    """
    from ray.util.placement_group import PlacementGroup, placement_group_table, remove_placement_group

    job = ray.get_runtime_context().get_job_id()
    for name, group in placement_group_table().items():
        if name.endswith(job) and group["state"] != "REMOVED":  # the last bytes are those of the job
            remove_placement_group(PlacementGroup(ray.PlacementGroupID(bytes.fromhex(name))))


def _fit(arguments: dict[str, Any], workers: int, gpus: int, storage: str) -> None:
    """Ray's own `fit`, in a process of its own, until a worker dies.

    Ray would start again where a worker dies while it trains, but not at each moment of its start. In the command's
    main thread it would answer Ctrl-C in its own way, and in another thread it would, where the training fails, end the
    command before that has told why.
    """
    from ray.train import FailureConfig, RunConfig, ScalingConfig
    from ray.train.tensorflow import TensorflowTrainer

    resources = {"CPU": 1, **({"GPU": gpus} if gpus else {})}
    once = FailureConfig(max_failures=0, controller_failure_limit=0)
    TensorflowTrainer(
        work,
        train_loop_config=arguments,
        scaling_config=ScalingConfig(num_workers=workers, use_gpu=bool(gpus), resources_per_worker=resources),
        run_config=RunConfig(storage_path=storage, failure_config=once),
    ).fit()


def _follow(ray: ModuleType, board: Any, fitted: Any) -> Exception | None:
    """Writes what the first worker tells until Ray's `fit` has ended, and returns with what it failed."""
    while True:
        ended, _ = ray.wait([fitted], timeout=POLL)
        for kind, text in ray.get(board.read.remote()):
            if kind == "error":
                raise ValueError(text)
            stream = getattr(sys, kind)
            stream.write(text)
            stream.flush()
        if ended:
            try:
                ray.get(fitted)
            except ray.exceptions.RayError as failure:
                return failure
            return None
