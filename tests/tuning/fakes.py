"""A training that takes no time, for tests of the search; importable by the processes that it runs in."""

import csv
import dataclasses
import os
import signal
import time
from typing import ClassVar

from tfkeypoints import files
from tfkeypoints.commands.train_keypointnet import TrainKeypointNet
from tfkeypoints.training.run import Run

DIVERGES = 13
"""A number of keypoints whose training fails."""

NEEDS_TOO_MUCH = 99
"""A number of keypoints whose process is killed."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class FakeTraining(TrainKeypointNet):
    """Writes the history of a training whose best error is 10 / K + seed / 100, and counts itself in a file."""

    duration: float = 0.0
    """Seconds that it takes."""

    model_name: ClassVar[str] = "keypointnet"

    def __call__(self):
        run = Run.start(self.run, {"model": self.model_name, "seed": self.seed})
        self.note("begun")
        if self.num_keypoints == NEEDS_TOO_MUCH:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(self.duration)
        if self.num_keypoints == DIVERGES:
            raise ValueError("The training diverged")
        best = 10 / self.num_keypoints + self.seed / 100
        rows = [{"epoch": n + 1, "step": n + 1, self.monitor: best + abs(n - 1)} for n in range(3)]
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
