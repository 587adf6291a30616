"""Tables of text for the terminal."""

import math
from collections.abc import Mapping, Sequence


def format_table(metrics: Mapping[str, Mapping[str, float]]) -> str:
    """Lays out metrics as rows and models as columns.

    Args:
        metrics: Column to {metric: value}; rows are the metrics of the first.
    """
    columns = list(metrics)
    rows = {metric: [metrics[name].get(metric) for name in columns] for metric in metrics[columns[0]]}
    return format_rows(columns, rows, width=12)


def format_rows(
    columns: Sequence[str], rows: Mapping[str, Sequence], width: int, label_width: int = 32, digits: int = 4
) -> str:
    """Lays out named rows of numbers; None and NaN become a dash.

    Args:
        columns: Names of the columns.
        rows: Row to its cells: strings, numbers or None.
        width: Of a column in characters.
        label_width: Of the rows' names.
        digits: Significant ones.
    """
    lines = ["".join([" " * label_width, *(f"{name:>{width}s}" for name in columns)])]
    for name, cells in rows.items():
        texts = "".join(f"{_text(cell, digits):>{width}s}" for cell in cells)
        lines.append(f"{name.replace('_', ' '):{label_width}s}{texts}")
    return "\n".join(lines)


def _text(cell: str | float | None, digits: int) -> str:
    if isinstance(cell, str):
        return cell
    return "–" if cell is None or math.isnan(cell) else f"{cell:.{digits}g}"
