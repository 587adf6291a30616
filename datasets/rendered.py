"""Builders whose examples are rendered job by job, by processes of this machine or by a pipeline of Apache Beam."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tqdm.auto import tqdm

from tfkeypoints.datasets import common
from tfkeypoints.processes import spawned_map

if TYPE_CHECKING:
    import tensorflow_datasets as tfds


MOST = 10**6
"""Examples that a job may have where they are kept in order."""


class Builder(common.Builder, skip_registration=True):  # type: ignore[call-arg]  # of TFDS' metaclass
    """A builder of examples that are rendered job by job."""

    CAN_BEAM = True
    _by_beam = False

    def _download_and_prepare(
        self, dl_manager: "tfds.download.DownloadManager", download_config: "tfds.download.DownloadConfig"
    ) -> None:
        self._by_beam = bool(download_config.beam_options or download_config.beam_runner)
        super()._download_and_prepare(dl_manager, download_config)

    def _rendered(
        self, render: Callable[[Any], list[dict[str, Any]]], jobs: Sequence[Any], told: str, unit: str
    ) -> Any:
        """The examples of a split, with their keys, as TFDS wants them.

        Args:
            render: Picklable function of a job, whose examples it returns as a list; run where no TensorFlow is.
            jobs: List of picklable jobs.
            told, unit: Words of the progress bar.
        """
        in_order = self.info.disable_shuffling
        if self._by_beam:
            from tfkeypoints.datasets.by_beam import Rendered

            return Rendered(render, jobs, in_order)
        return self._by_processes(render, jobs, in_order, told, unit)

    def _by_processes(
        self, render: Callable[[Any], list[dict[str, Any]]], jobs: Sequence[Any], in_order: bool, told: str, unit: str
    ) -> Iterator[tuple[int | str, dict[str, Any]]]:
        for place, examples in enumerate(tqdm(spawned_map(render, jobs), told, len(jobs), unit=f" {unit}")):
            yield from keyed(place, examples, in_order)


def keyed(place: int, examples: Iterable[dict[str, Any]], in_order: bool) -> Iterator[tuple[int | str, dict[str, Any]]]:
    """Pairs of a key and an example, of the job at a place: numbers that rise, or names whose hashes mix examples."""
    for number, example in enumerate(examples):
        yield place * MOST + number if in_order else f"{example['instance']}/{number}", example
