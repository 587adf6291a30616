"""`tfkeypoints evaluate`."""

import dataclasses
from pathlib import Path
from typing import Annotated

import tyro


@dataclasses.dataclass(frozen=True, kw_only=True)
class Evaluate:
    """Measure and draw a run's model on what it never saw.

    Prints a table and writes metrics.json and pictures/ in the run folder; docs/metrics.md explains the numbers. Those
    of a pretrained model go to runs/pretrained/NAME.

    KeypointNet, on unseen objects: the error of the relative pose of two views and how well views agree, in the data
    set's world unit; error_curve, training_curves, contact_sheet, turntable.
    Keypoint3D, on unseen episodes: for each landmark the keypoint that follows it, in centimetres where the world is in
    metres, what the other keypoints do, and alarms; panel, training_curves, episode, scene (a page for the browser).

    Example:
      tfkeypoints evaluate runs/demo --untrained
      tfkeypoints evaluate chairs_64
    """

    run: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="RUN")]
    """Run folder, or the name of a pretrained model."""
    split: str = "test"
    """Split of the run's data set: train, validation or test."""
    untrained: bool = False
    """Also measure a network of the same kind that never learnt anything. Keypoint3D: always done."""
    batch_size: int = 32
    """Examples at a time."""

    def __call__(self) -> dict:
        """Evaluates, and returns what `metrics.json` holds."""
        from tfkeypoints.evaluation import report
        from tfkeypoints.training.run import Run

        run = Run.open(self.run)
        if "data" not in run.config:
            raise ValueError(
                "`run` should be one with a data set: it was imported without; import it into a new folder, with "
                f"--data NAME/CONFIG. Received: run={self.run}"
            )
        return report.evaluate(run, self.split, self.batch_size, self.untrained)
