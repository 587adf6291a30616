"""Tables of the benchmarks: mean and standard deviation over seeds, Markdown, CSV."""

import numpy as np

from tfkeypoints import files


def mean_std(values):
    """Mean to four digits, and where there are several values ± standard deviation to the same decimal."""
    values = np.asarray(values, float)
    mean = values.mean()
    decimals = max(0, 3 - int(np.floor(np.log10(abs(mean))))) if mean and np.isfinite(mean) else 4
    return f"{mean:.{decimals}f}" + (f" ± {values.std(ddof=1):.{decimals}f}" if len(values) > 1 else "")


def table(head, rows):
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def of_variants(title, columns, results):
    """A table in Markdown of what variants reached.

    Args:
        title: Of the first column.
        columns: Dict from a column's name to the metric that it shows.
        results: Dict from a variant's name to its runs' metrics, one dict a seed; "–" stands for what none has.
    """
    rows = []
    for name, runs in results.items():
        values = ([run[key] for run in runs if key in run] for key in columns.values())
        rows.append([name, *(mean_std(each) if each else "–" for each in values)])
    return table([title, *columns], rows)


def keep(path, title, columns, results):
    """Writes what variants reached, each seed's numbers, as JSON, and returns the table `of_variants` made of it.

    A table in docs/ has its file in docs/tables; see `kept`.
    """
    files.write_json(path, {"title": title, "columns": columns, "results": results})
    return kept(path)


def kept(path):
    """The table made of a file that `keep` wrote."""
    return of_variants(**files.read_json(path))


def write_csv(path, head, rows):
    """Writes a table as CSV."""
    with files.whole(path) as partial:
        partial.write_text("\n".join(",".join(map(str, line)) for line in [head, *rows]) + "\n")
