"""A training that takes no time, for tests of the search; importable by the processes that it runs in."""

import csv
import dataclasses
import math
import os
import signal
import time

from tfkeypoints import files
from tfkeypoints.models.keypointnet.recipe import KeypointNetRecipe
from tfkeypoints.training.run import Run
from tfkeypoints.training.training import Training

DIVERGES = 13
"""A number of keypoints whose training fails."""

UNMEASURED = 17
"""A number of keypoints whose objective is NaN."""

INFINITE = 19
"""A number of keypoints whose objective is infinite."""

NEEDS_TOO_MUCH = 99
"""A number of keypoints whose process is killed."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class FakeTraining(Training[KeypointNetRecipe]):
    """Writes the history of a training whose best error is 10 / K + seed / 100, and counts itself in a file."""

    duration: float = 0.0
    """Seconds that it takes."""

    @classmethod
    def of(cls, run=None, duration=0.0, **options):
        return cls(recipe=KeypointNetRecipe.from_preset("small", **options), run=run, duration=duration)

    def __call__(self):
        recipe = self.recipe
        num_keypoints = recipe.model.num_keypoints
        run = Run.start(self.run, {"model": recipe.name, "seed": recipe.seed})
        self.note("begun")
        if num_keypoints == NEEDS_TOO_MUCH:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(self.duration)
        if num_keypoints == DIVERGES:
            raise ValueError("The training diverged")
        best = {UNMEASURED: math.nan, INFINITE: math.inf}.get(num_keypoints, 10 / num_keypoints + recipe.seed / 100)
        rows = [{"epoch": n + 1, "step": n + 1, recipe.monitor: best + abs(n - 1)} for n in range(3)]
        with files.whole(run.history_file) as partial, open(partial, "w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        self.note("ended")
        return run

    def note(self, what):
        """Appends a line to `notes.txt` of the sweep."""
        with open(self.run.parents[1] / "notes.txt", "a") as file:
            file.write(f"{what} {self.run.parent.name} {self.run.name}\n")
