"""Three engines that let two processes find the same chunks: what `predict_workers.py engines` compares.

python benchmarks/engines.py "Ray Data" FOLDER OUT
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from tfkeypoints.calibration import read_calibration
from tfkeypoints.clusters import ray_cluster
from tfkeypoints.data.recordings import find_recording
from tfkeypoints.inference import ray_workers
from tfkeypoints.inference.chunks import Chunks
from tfkeypoints.inference.recording_job import RecordingJob
from tfkeypoints.inference.spans import spans

WORKERS = 2


class Finder:
    """Finds spans of chunks, as Ray Data calls it; the model is loaded once a process."""

    def __init__(self, job, chunks):
        os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["TF_NUM_INTEROP_THREADS"] = "1"
        self.finder, self.chunks = job.open(), chunks

    def __call__(self, batch):
        for begin, end in zip(batch["begin"], batch["end"], strict=True):
            find(self.finder, self.chunks, range(begin, end))
        return {"end": batch["end"]}


def find(finder, chunks, span):
    """Finds what is missing of a span."""
    for rest in spans([number for number in chunks.missing if number in span]):
        for _ in finder.find(chunks, rest):
            pass


def ray_actors(job, chunks):
    """What `predict` does."""
    for _ in ray_workers.find(job, chunks, WORKERS, None):
        pass


def ray_data(job, chunks):
    """A data set of spans, mapped by two actors."""
    with ray_cluster(None, WORKERS):
        import ray

        shares = [{"begin": span.start, "end": span.stop} for span in spans(chunks.missing, WORKERS)]
        mapped = ray.data.from_items(shares, override_num_blocks=len(shares)).map_batches(
            Finder, fn_constructor_args=(job, chunks), batch_size=1, concurrency=WORKERS, num_cpus=1
        )
        for _ in mapped.iter_batches():
            pass


def beam(job, chunks):
    """A pipeline of spans on the direct runner with two processes."""
    import apache_beam
    from apache_beam.options.pipeline_options import PipelineOptions

    options = PipelineOptions(
        runner="DirectRunner",
        direct_num_workers=WORKERS,
        direct_running_mode="multi_processing",
        save_main_session=False,
    )
    shares = [(span.start, span.stop) for span in spans(chunks.missing, WORKERS)]
    with apache_beam.Pipeline(options=options) as pipeline:
        _ = (
            pipeline
            | apache_beam.Create(shares)
            | apache_beam.Reshuffle()
            | apache_beam.ParDo(_do_fn(apache_beam)(job, chunks))
        )


def _do_fn(apache_beam):
    class Find(apache_beam.DoFn):
        def __init__(self, job, chunks):
            self.job, self.chunks = job, chunks

        def setup(self):
            os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["TF_NUM_INTEROP_THREADS"] = "1"
            self.finder = self.job.open()

        def process(self, share):
            find(self.finder, self.chunks, range(*share))

    return Find


ENGINES = {"Ray's actors": ray_actors, "Ray Data": ray_data, "Beam, direct runner": beam}


def job_of(folder):
    """What `predict` would do with the benchmark's recording."""
    calibration = read_calibration(folder / "cameras.json")
    recording = find_recording(folder / "recording", calibration.names)
    return RecordingJob((folder / "run").resolve(), recording, calibration, None, recording.fps, True)


def missing(folder, out):
    """How many chunks are missing."""
    return len(Chunks(out, {}, len(job_of(folder).recording)).missing)


def main(name, folder, out):
    job = job_of(Path(folder).resolve())
    chunks = Chunks(Path(out).resolve(), {}, len(job.recording))
    ENGINES[name](job, chunks)
    assert not chunks.missing and all(np.isfinite(part.keypoints).all() for part in chunks)


if __name__ == "__main__":
    main(*sys.argv[1:])
