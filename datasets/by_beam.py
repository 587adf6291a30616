"""Renders the jobs of a data set in the workers of an Apache Beam pipeline."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import apache_beam as beam

from tfkeypoints.datasets.rendered import keyed
from tfkeypoints.processes import spawned_executor, submit


class Rendered(beam.PTransform):
    """Examples of jobs, with their keys.

    Args:
        render, jobs, in_order: As for `rendered.Builder`.
    """

    def __init__(self, render: Callable[[Any], list[dict[str, Any]]], jobs: Sequence[Any], in_order: bool) -> None:
        super().__init__()
        self.render, self.jobs, self.in_order = render, jobs, in_order

    def expand(self, pipeline: Any) -> Any:
        jobs = pipeline | "Jobs" >> beam.Create(list(enumerate(self.jobs)))
        return jobs | "Spread" >> beam.Reshuffle() | "Render" >> beam.ParDo(_Render(self.render, self.in_order))


class _Render(beam.DoFn):
    """Renders in a process beside the worker, which has imported TensorFlow: Mesa's OpenGL crashes beside it."""

    def __init__(self, render: Callable[[Any], list[dict[str, Any]]], in_order: bool) -> None:
        self.render, self.in_order = render, in_order

    def setup(self) -> None:
        self.executor = spawned_executor(1)

    def process(self, element: tuple[int, Any]) -> Iterator[tuple[int | str, dict[str, Any]]]:
        place, job = element
        yield from keyed(place, submit(self.executor, self.render, job).result(), self.in_order)

    def teardown(self) -> None:
        self.executor.shutdown()
