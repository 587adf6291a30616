"""Chunks found by processes that Ray starts, on this machine or on many. Imports no TensorFlow."""

import math
import os
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from tfkeypoints.clusters import ray_cluster
from tfkeypoints.inference.chunks import Chunks
from tfkeypoints.inference.spans import spans
from tfkeypoints.inference.steps import Step, Unread

if TYPE_CHECKING:
    from tfkeypoints.inference.image_finder import ImageFinder
    from tfkeypoints.inference.image_job import ImageJob
    from tfkeypoints.inference.recording_finder import RecordingFinder
    from tfkeypoints.inference.recording_job import RecordingJob


ATTEMPTS = 5
"""How often the same chunk may lose its worker before the prediction gives up."""
REPORT_SECONDS = 0.5
"""Time between two steps that a worker tells."""


def find(job: "ImageJob | RecordingJob", chunks: Chunks, workers: int, address: str | None) -> Iterator[Step]:
    """Finds and writes the chunks that are missing, by so many workers at a time; arguments as in `finding`.

    A worker takes one span of chunks after another, and writes each chunk by itself. If it dies, what it has written is
    kept, and another one takes the rest of its span.

    Raises:
        ValueError: Whatever a worker raises, or if workers die again and again at the same chunk.
    """
    missing = chunks.missing
    if not missing:
        return
    with ray_cluster(address, workers) as cores:
        import ray

        there = ray.cluster_resources().get("GPU", 0)
        gpus = 1 / math.ceil(workers / there) if there else 0  # a share, so that all workers find a place
        actor = ray.remote(num_cpus=cores, num_gpus=gpus, max_restarts=0, max_task_retries=0)(_Worker)
        told = ray.put((job, chunks))
        left = deque(spans(missing, workers, job.seekable))
        running: dict[Any, tuple[Any, range]] = {}
        lost: Counter[int] = Counter()

        def start(worker: Any) -> None:
            span = left.popleft()
            running[worker.find.remote(span)] = worker, span

        for _ in range(min(workers, len(left))):
            start(actor.remote([told], os.getcwd(), cores, gpus))
        while running:
            (steps, *_), _ = ray.wait(list(running), num_returns=1)
            worker, span = running[steps]
            try:
                yield ray.get(next(steps))
            except StopIteration:
                del running[steps]
                if left:
                    start(worker)
            except ray.exceptions.RayTaskError as error:
                raise error.cause from error
            except ray.exceptions.RayActorError as error:
                del running[steps]
                rest = [number for number in chunks.missing if number in span]
                if rest:
                    lost[rest[0]] += 1
                    if lost[rest[0]] == ATTEMPTS:
                        frames = chunks.frames_of(rest[0])
                        raise ValueError(
                            f"`workers` died {ATTEMPTS} times between frames {frames[0]} and {frames[-1]}, as where "
                            f"memory runs out: {error}"
                        ) from error
                    left.extendleft(reversed(spans(rest)))
                tqdm.write(f"a worker was lost; {len(rest)} chunks go to another one", file=sys.stderr)
                if left:
                    start(actor.remote([told], os.getcwd(), cores, gpus))


class _Worker:
    """A process that holds the model.

    Args:
        told: A list of a reference to the job and the chunks: not what it refers to, which would be read, and import
            TensorFlow, before the number of threads is set.
        folder: Where the command was given: what paths are relative to.
        cores: Threads that TensorFlow may use at a time.
        gpus: Share of a GPU that it may use.
    """

    def __init__(self, told: Sequence[Any], folder: str, cores: float, gpus: float) -> None:
        if os.path.isdir(folder):
            os.chdir(folder)
        os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
        os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["TF_NUM_INTEROP_THREADS"] = str(max(1, int(cores)))
        os.environ["TF_FORCE_GPU_ALLOW_GROWTH"] = "true"
        if not gpus:
            os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
        self.told = told
        self.finder: ImageFinder | RecordingFinder | None = None

    def find(self, span: range) -> Iterator[Step]:
        """Finds a span of chunks; yields a `Step` now and then, and one at the end of each chunk."""
        import ray

        job, chunks = ray.get(self.told[0])
        finder = self.finder = self.finder or job.open()
        unread: list[Unread] = []
        last = time.monotonic()
        for step in finder.find(chunks, span):
            unread += step.unread
            if step.frames == len(chunks.frames_of(step.chunk)) or time.monotonic() - last > REPORT_SECONDS:
                yield Step(step.chunk, step.frames, tuple(unread))
                unread, last = [], time.monotonic()
