"""`tfkeypoints label`."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

if TYPE_CHECKING:
    from tfkeypoints.labels.names import Names


@dataclasses.dataclass(frozen=True, kw_only=True)
class Label:
    """Give names to the keypoints of a Keypoint3D, by labels in a few frames.

    Predict a recording, label 5 to 50 of its frames by hand in two cameras or more, and name them here. Each name
    becomes a weighted sum of the keypoints, however the subject moves. Frames that were held out tell how far off it is
    to be expected, and whether the keypoints follow that part at all: where they do not, this says so.

    Labels are CSV files of DeepLabCut or Lightning Pose, one a camera, or SLEAP's .slp; or points in 3D as a CSV of
    anipose, DeepLabCut, or with the columns frame, name, x, y, z. Frames are known by their numbers or by the names of
    their images. Labels in images are triangulated with the prediction's cameras, lenses included.

    It writes names.json in the run folder, after which `predict` writes named.csv too, and named.csv for this
    prediction.

    Example:
      tfkeypoints label runs/mouse --labels left=left/CollectedData.csv right=right/CollectedData.csv
      tfkeypoints label runs/mouse --labels labels/ --prediction keypoints/
    """

    run: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="RUN")]
    """Run folder, or the name of a pretrained model."""
    labels: Annotated[tuple[str, ...], tyro.conf.arg(metavar="CAMERA=FILE|FOLDER|FILE")]
    """CAMERA=FILE for each camera; or a folder with CAMERA.csv for each; or one .slp; or one CSV in 3D."""
    prediction: Path | None = None
    """What `predict` wrote; by default predictions/ in the run folder."""

    def __call__(self) -> None:
        from tfkeypoints.inference.labeling import label
        from tfkeypoints.training.run import Run

        run = Run.open(self.run)
        if run.recipe.name != "keypoint3d":
            raise ValueError(f"`run` should be one of keypoint3d. Received: {self.run}, one of {run.recipe.name}")
        if not self.labels:
            raise ValueError("`labels` should be given: CAMERA=FILE for each camera, a folder, or one file")
        names = label(run, self.prediction or run.outputs / "predictions", self.labels)
        print("\n".join(_table(names)))


def _table(names: "Names") -> Iterator[str]:
    """Lines of a table: for each name the expected error, with fewer labels too, and what it is compared with."""
    counts = sorted({count for verdict in names.verdicts.values() for count in verdict.by_labels})
    width = max(len(name) for name in [*names.verdicts, "name"])
    columns = [*(f"{count} labels" for count in counts), "labels' own", "with middle", "at rest"]
    yield "expected error (root mean square over held-out frames, in the camera file's unit)"
    yield "  ".join([f"{'name':{width}s}", *(f"{column:>11s}" for column in columns)])
    for name, verdict in names.verdicts.items():
        errors = [verdict.by_labels.get(count) for count in counts]
        cells = [*errors, verdict.own, verdict.offset, verdict.spread]
        row = [f"{name:{width}s}", *(f"{'' if cell is None else f'{cell:.3g}':>11s}" for cell in cells)]
        yield "  ".join(row) + ("" if verdict.known else "  not in the points")
    yield "labels' own: what triangulation says of the labels. with middle, at rest: of the guesses that the part moves"
    yield "with the middle of all keypoints, or not at all. What is hardly better is not in the points, and left out."
