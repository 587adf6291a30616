"""Tables of the benchmarks: mean and spread over seeds, Markdown, CSV."""

import numpy as np

from tfkeypoints import files


def spread(values):
    """Mean, and ± standard deviation where there are several values, to four digits."""
    values = np.asarray(values, float)
    return f"{values.mean():.4g}" + (f" ± {values.std(ddof=1):.2g}" if len(values) > 1 else "")


def table(head, rows):
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def write_csv(path, head, rows):
    """Writes a table as CSV."""
    with files.whole(path) as partial:
        partial.write_text("\n".join(",".join(map(str, line)) for line in [head, *rows]) + "\n")
