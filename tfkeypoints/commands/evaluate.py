"""`tfkeypoints evaluate`."""

import dataclasses
from pathlib import Path
from typing import Annotated

import tyro

from tfkeypoints.data.recordings.options import RecordingOptions


@dataclasses.dataclass(frozen=True, kw_only=True)
class Evaluate(RecordingOptions):
    """Measure and draw a run's model on what it never saw.

    Prints a table and writes metrics.json and pictures/ in the run folder; docs/metrics.md explains the numbers. Those
    of a pretrained model go to runs/pretrained/NAME.

    KeypointNet, on unseen objects: the error of the relative pose of two views and how well views agree, in the data
    set's world unit; error_curve, training_curves, contact_sheet, turntable.
    Keypoint3D, on unseen episodes: for each landmark the keypoint that follows it, in centimetres where the world is in
    metres, what the other keypoints do, and alarms; panel, training_curves, episode, scene (a page for the browser).

    With --recording, a Keypoint3D that was trained on recordings is measured on another one, through windows as in its
    training; numbers and pictures are then in evaluations/ in the run folder.

    Example:
      tfkeypoints evaluate runs/demo --untrained
      tfkeypoints evaluate chairs_64
      tfkeypoints evaluate runs/mine --recording tuesday/ --cameras calibration.toml
    """

    run: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="RUN")]
    """Run folder, or the name of a pretrained model."""
    recording: Path | None = None
    """In place of the run's data: your own recording, a folder with a sub-folder of images or a video for each camera;
    or a folder of several recordings."""
    cameras: Path | None = None
    """File or folder with the cameras of the recordings, unless each has its own in its folder."""
    split: str | None = None
    """Split of the data set: train, validation or test; by default test, and of another recording all."""
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
        split = self.split or "test"
        if self.recording is not None:
            from tfkeypoints.evaluation.elsewhere import elsewhere

            run = elsewhere(run, self.recording, self.cameras, **self.said())
            split = self.split or "train+validation+test"
        elif self.cameras is not None or self.said():
            raise ValueError("`cameras`, `pair`, `offset` and `bits` belong to a `recording`. Received: recording=None")
        return report.evaluate(run, split, self.batch_size, self.untrained)
