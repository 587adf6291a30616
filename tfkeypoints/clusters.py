"""Ray clusters: one that is running, or one of this machine's processes for the time being. Imports no TensorFlow."""

import contextlib
import fcntl
import logging
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from tfkeypoints.processes import ended_by_sigterm, usable_cores

OBJECTS = 2**28
"""Bytes of shared memory that a local cluster keeps objects in: what each process is told, no images."""

ATTEMPTS = 3
"""How often Ray is started where it is not ready in time."""

SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_worker_niceness": "0",  # 15 otherwise: workers would stand behind all other processes of the machine
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # spares a warning; workers hide GPUs themselves
}
"""Of Ray, where the user's environment does not set them."""

TOKEN = secrets.token_hex(32)
"""By which the processes of a cluster of this machine know each other: one for all that this process starts, since Ray
reads it once. Ray would write one into the home folder."""

PREFIX, LOCK = "tfk-", "lock"
"""Of temporary folders, and the file in each that is locked while its process runs."""

NEW = 60
"""Seconds in which a folder's lock may not be taken yet."""

LONGEST = 30
"""Characters of a folder in which Ray may make sockets: their paths have 107 at most, and Ray appends up to 77."""


@contextlib.contextmanager
def ray_cluster(address: str | None, workers: int) -> Iterator[float]:
    """Connects to a Ray cluster, or starts one on this machine that ends with the block, and with this process.

    The one that is started has no dashboard, sends no statistics, and keeps its files in a temporary folder that is
    removed.

    Args:
        address: As `ray.init` takes it, such as "head:6379" or "auto"; None starts one.
        workers: How many processes are to run at a time.

    Yields:
        Cores for each of them.

    Raises:
        ImportError: If Ray is not installed.
        ValueError: If there is no cluster at the address, or this process uses one already.
        TimeoutError: If Ray does not start.
    """
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    import ray

    if ray.is_initialized():
        raise ValueError("`workers` should be asked for where Ray isn't in use. Received: ray.is_initialized()")
    quiet = {"log_to_driver": False, "logging_level": logging.ERROR}
    with contextlib.ExitStack() as ends:
        end_by_sigterm = ends.enter_context(ended_by_sigterm())
        if address is None:
            os.environ.setdefault("RAY_AUTH_TOKEN", TOKEN)
            folder = ends.enter_context(_temporary_folder())
            ends.callback(ray.shutdown)
            _start(ray, folder, num_cpus=max(workers, usable_cores()), **quiet)
        else:
            ends.callback(ray.shutdown)
            _connect(ray, address, **quiet)
        end_by_sigterm()  # Ray has taken it
        yield max(1, usable_cores() // workers) if address is None else 1


def _connect(ray: ModuleType, address: str, **options: Any) -> None:
    try:
        ray.init(address, **options)
    except ConnectionError as error:
        raise ValueError(f"`ray` should be the address of a running Ray cluster. Received: ray={address}") from error
    except ray.exceptions.AuthenticationError as error:
        raise ValueError(
            "`ray` should be the address of a cluster whose token, if it has one, stands in the environment as "
            f"RAY_AUTH_TOKEN, with RAY_AUTH_MODE=token. Received: ray={address}"
        ) from error


@contextlib.contextmanager
def _temporary_folder() -> Iterator[str]:
    """A new one, in /tmp where the usual place has too long a name; those of processes that were killed are removed."""
    usual = tempfile.gettempdir()
    place = Path(usual if len(usual) <= LONGEST else "/tmp")
    for left in place.glob(f"{PREFIX}*/{LOCK}"):
        _remove_unless_used(left)
    folder = tempfile.mkdtemp(prefix=PREFIX, dir=place)
    with open(Path(folder, LOCK), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _remove_unless_used(lock: Path) -> None:
    """Removes the folder of a lock that its process, which has ended, can't hold any more."""
    try:
        with open(lock) as file:
            if time.time() - lock.stat().st_mtime > NEW:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(lock.parent, ignore_errors=True)
    except OSError:  # it is used, or another user's, or another process was quicker
        return


def _start(ray: ModuleType, folder: str, **options: Any) -> None:
    """Starts Ray, which waits for half a minute; on a busy machine once more, and once more."""
    import psutil  # comes with Ray

    here = psutil.Process()
    for _ in range(ATTEMPTS):
        before = here.children()
        try:
            with _temporary_files_in(folder):
                ray.init("local", include_dashboard=False, _temp_dir=folder, object_store_memory=OBJECTS, **options)
            return
        except Exception as error:  # Ray raises no class of its own
            started = [child for child in here.children() if child not in before]  # Ray would keep them until the end
            for child in started:
                child.kill()
            psutil.wait_procs(started)
            if "timed out during startup" not in str(error):
                raise
            ray.shutdown()
    raise TimeoutError(f"Ray did not start in {ATTEMPTS} attempts; the machine may be too busy")


@contextlib.contextmanager
def _temporary_files_in(folder: str) -> Iterator[None]:
    """Processes that are started meanwhile keep their temporary files there: those that are killed leave some."""
    before = os.environ.get("TMPDIR")
    os.environ["TMPDIR"] = folder
    try:
        yield
    finally:
        if before is None:
            del os.environ["TMPDIR"]
        else:
            os.environ["TMPDIR"] = before
