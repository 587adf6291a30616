"""All that lacks of a prediction is found here: by this process, or by workers."""

import importlib.util
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tfkeypoints.arguments import check_positive_integers
from tfkeypoints.inference.chunks import Chunks
from tfkeypoints.inference.spans import spans
from tfkeypoints.inference.steps import Step

if TYPE_CHECKING:
    from tfkeypoints.inference.image_job import ImageJob
    from tfkeypoints.inference.recording_job import RecordingJob


def check_workers(workers: int | None, ray: str | None) -> None:
    """Checks what `finding` is given, before anything is read.

    Raises:
        ImportError: If Ray is not installed.
        ValueError: If there are no workers, or a cluster without a number of them.
    """
    if workers is None:
        if ray is not None:
            raise ValueError(f"`ray` wants `workers`, the number of processes on that cluster. Received: ray={ray}")
        return
    check_positive_integers(workers=workers)
    if importlib.util.find_spec("ray") is None:
        raise ModuleNotFoundError("`workers` are started by Ray, which is not installed", name="ray")


def finding(
    job: "ImageJob | RecordingJob", chunks: Chunks, workers: int | None = None, ray: str | None = None
) -> Iterator[Step]:
    """Finds and writes the chunks that are missing.

    Args:
        job: What is to be found, such as a `RecordingJob`: `open()` gives something with `find(chunks, numbers)`.
        chunks: Where to write.
        workers: Number of processes that Ray starts and, where one is killed, starts again; None: this process.
        ray: Address of a running Ray cluster; None: Ray is started on this machine for the time being.
    """
    if workers is None:
        return _alone(job, chunks)
    from tfkeypoints.inference.ray_workers import find

    return find(job, chunks, workers, ray)


def _alone(job: "ImageJob | RecordingJob", chunks: Chunks) -> Iterator[Step]:
    missing = chunks.missing
    if missing:
        finder = job.open()
        for span in spans(missing):
            yield from finder.find(chunks, span)
