"""The file of what is known of named points (`names.json` of a run), which `predict` goes by."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tfkeypoints import files
from tfkeypoints.labels.judging import Verdict

FILE = "names.json"


@dataclasses.dataclass(frozen=True)
class Names:
    """Named points of a model.

    Attributes:
        model: Digest of the model's file, whose keypoints are weighted.
        verdicts: What is known of each name, whether the keypoints tell it or not.
    """

    model: str
    verdicts: dict[str, Verdict]

    @property
    def known(self) -> tuple[str, ...]:
        """L names of points that the keypoints tell."""
        return tuple(name for name, verdict in self.verdicts.items() if verdict.known)

    @property
    def weights(self) -> np.ndarray:
        """float64 `[L, K]` of those."""
        return np.array([self.verdicts[name].weights for name in self.known])

    @property
    def errors(self) -> np.ndarray:
        """float64 `[L]`, their expected errors in world units."""
        return np.array([self.verdicts[name].error for name in self.known])


def write_names(path: Path, names: Names) -> None:
    """Writes JSON; `known` stands beside the numbers that say so."""
    points = {
        name: {**dataclasses.asdict(verdict), "weights": verdict.weights.tolist(), "known": verdict.known}
        for name, verdict in names.verdicts.items()
    }
    files.write_json(path, {"model": names.model, "points": points})


def read_names(path: Path) -> Names:
    """Reads what `write_names` wrote.

    Raises:
        ValueError: If it is no such file.
    """
    content = files.read_json(path)
    try:
        verdicts = {name: _verdict(values) for name, values in content["points"].items()}
        return Names(str(content["model"]), verdicts)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{path} should hold what `tfkeypoints label` wrote; label again, or remove it. Received: {error!r}"
        ) from error


def _verdict(values: Mapping[str, Any]) -> Verdict:
    values = dict(values)
    values.pop("known")
    values["weights"] = np.asarray(values["weights"], np.float64)
    values["by_labels"] = {int(count): float(error) for count, error in values["by_labels"].items()}
    return Verdict(**values)
