"""Which chunks a process finds one after another."""

from collections.abc import Sequence

MOST = 16
"""Chunks of a span."""
SHARES = 4
"""Spans that each worker gets at the least, so that all of them are done at about the same time."""


def spans(missing: Sequence[int], workers: int = 1, seekable: bool = True) -> list[range]:
    """Divides chunks into runs of neighbours, as long as can be: where a run begins, a video is sought.

    Args:
        missing: Numbers of chunks, which rise.
        workers: How many processes share them. One takes whatever lies together.
        seekable: Whether reading may begin in the middle without decoding all that lies before. Otherwise each worker
            has one share.

    Example:
        >>> spans([0, 1, 2, 5, 6], workers=2, seekable=False)
        [range(0, 3), range(5, 7)]
    """
    runs: list[range] = []
    for number in missing:
        if runs and runs[-1].stop == number:
            runs[-1] = range(runs[-1].start, number + 1)
        else:
            runs.append(range(number, number + 1))
    if workers == 1:
        return runs
    most = min(MOST, -(-len(missing) // (SHARES * workers))) if seekable else -(-len(missing) // workers)
    return [run[begin : begin + most] for run in runs for begin in range(0, len(run), most)]
