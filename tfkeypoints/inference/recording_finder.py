"""Finds and draws the keypoints of a part of a recording."""

import contextlib
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tfkeypoints.data.recordings import Missing
from tfkeypoints.data.recordings.pairing import NONE
from tfkeypoints.inference.chunks import Chunks
from tfkeypoints.inference.recording_job import RecordingJob
from tfkeypoints.inference.steps import Step, Unread
from tfkeypoints.inference.tracker import BATCH_SIZE, Tracker
from tfkeypoints.inference.tracks import Tracks, joined
from tfkeypoints.training.run import Run
from tfkeypoints.visualization.video import video_writer

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

    from tfkeypoints.data.recordings.video_frame import VideoFrame
    from tfkeypoints.inference.drawing import Drawing


class RecordingFinder:
    """Finds chunks of a recording, which are the same whichever process finds which of them.

    Batches lie at the same frames, and before the first chunk that is drawn the frames through which its points came
    are found too, unless they are kept.

    Args:
        job: What to find.
    """

    def __init__(self, job: RecordingJob):
        run = Run.open(job.run)
        self.job = job
        image_shape = run.config["images"]["shape"][1:]
        self.tracker = Tracker(run.load_model(), job.calibration, image_shape, job.windows)

    def find(self, chunks: Chunks, numbers: range) -> Iterator[Step]:
        """Finds and writes chunks of these numbers.

        Raises:
            ValueError: If an image has another size than its camera, or a strict recording lacks a frame.
        """
        drawing = self.job.drawing() if self.job.video else None
        first, stop = chunks.frames_of(numbers[0]).start, chunks.frames_of(numbers[-1]).stop
        begin = self._remember(drawing, chunks, first) if drawing else first

        def prepare(time: int, view: int, image: "Image.Image | VideoFrame") -> "tuple[np.ndarray, Any]":
            return self.tracker.prepare(view, image, time), drawing and time >= first and drawing.prepare(
                time, view, image
            )

        frames = self.job.recording.read(prepare, begin, stop)
        with contextlib.closing(frames):
            if drawing:
                for batch in batches(itertools.islice(frames, first - begin)):
                    drawing.remember(begin, self._track(batch, begin))
                    begin += len(batch)
            for number in numbers:
                yield from self._find(chunks, number, frames, drawing)

    def _find(
        self, chunks: Chunks, number: int, frames: Iterable[Sequence[Any]], drawing: "Drawing | None"
    ) -> Iterator[Step]:
        parts, place = [], chunks.frames_of(number)
        done = 0
        with video_writer(chunks.video(number), drawing.fps) if drawing else contextlib.nullcontext() as write:
            for batch in batches(itertools.islice(frames, len(place))):
                time = place[done]
                tracks = self._track(batch, time)
                if drawing and write:
                    for picture in drawing.draw(time, [_parts(images, 1) for images in batch], tracks):
                        write(picture)
                parts.append(tracks)
                done += len(batch)
                if done < len(place):
                    yield Step(number, done, self._unread(batch, time))
        chunks.write(number, joined(parts))
        yield Step(number, done, self._unread(batch, time))

    def _remember(self, drawing: "Drawing", chunks: Chunks, first: int) -> int:
        """Lets a drawing know where points were before `first`, and returns from where on they must be found for it."""
        begin = max(0, first - -(-drawing.reach // BATCH_SIZE) * BATCH_SIZE)
        kept = range(begin // chunks.size, first // chunks.size)
        if set(kept) & set(chunks.missing):
            return begin
        for number in kept:
            drawing.remember(chunks.frames_of(number).start, chunks[number])
        return first

    def _track(self, batch: Sequence[Sequence[Any]], time: int) -> Tracks:
        return self.tracker.find([_parts(images, 0) for images in batch], time)

    def _unread(self, batch: Sequence[Sequence[Any]], first: int) -> tuple[Unread, ...]:
        recording = self.job.recording
        return tuple(
            Unread(recording.names[view], time, image.reason)
            for time, images in enumerate(batch, first)
            for view, image in enumerate(images)
            if isinstance(image, Missing) and recording.pairs[time, view] != NONE
        )


def batches(items: Iterable) -> Iterator[list]:
    """Lists of `BATCH_SIZE` items, the last one shorter."""
    items = iter(items)
    while batch := list(itertools.islice(items, BATCH_SIZE)):
        yield batch


def _parts(images: Sequence[Any], number: int) -> list[Any]:
    """One of the things that were prepared of each camera's image."""
    return [image if isinstance(image, Missing) else image[number] for image in images]
