"""`tfkeypoints predict`."""

import dataclasses
from pathlib import Path
from typing import Annotated, Literal

import tyro

from tfkeypoints.data.recordings.options import RecordingOptions


@dataclasses.dataclass(frozen=True, kw_only=True)
class Predict(RecordingOptions):
    """Find keypoints in your own images or videos.

    KeypointNet takes PNG and JPEG of any size. A model that learnt from objects with an alpha channel, as those of
    rendered_objects, wants them cut out: with transparent pixels around, or before a plain background, by which they
    are cut out here. Images that are unlike the run's validation images are told. It writes an overlay for each image,
    keypoints.csv and keypoints.npz. Without a camera, the image is taken to be seen as the training images were;
    depths are in the units of the training data. A run that was trained on --captures cuts photos to their objects by
    itself; of the folder of an object with its cameras it writes points.csv too, in the frame and unit of the camera
    file.

    Keypoint3D takes a folder with a sub-folder of images, or a video, for each camera, and a file with the cameras;
    docs/prediction.md describes both. It writes keypoints.csv and keypoints.npz, in the world of that file,
    keypoints.mp4 and scene.html, which plays it beside the points in 3D; after `tfkeypoints label`, named.csv too; and
    files for other programs that --also names.

    Example:
      tfkeypoints predict chairs_64 photo.png
      tfkeypoints predict runs/demo photos/ --out keypoints --fov 40
      tfkeypoints predict runs/hammer recording/ --cameras recording/cameras.json
      tfkeypoints predict runs/mouse recording/ --cameras calibration.toml --also anipose nwb --unit mm
      tfkeypoints predict runs/mouse recording/ --cameras calibration.toml --smooth 6
    """

    run: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="RUN")]
    """Run folder, or the name of a pretrained model."""
    images: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="IMAGES")]
    """An image, or a folder of images, or of an object as for train --captures; for Keypoint3D a folder with a
    sub-folder or video a camera."""
    out: Path | None = None
    """Where to write; by default predictions/ in the run folder, of a pretrained model in runs/pretrained/NAME."""
    fov: float | None = None
    """Your camera's vertical field of view, in degrees."""
    intrinsics: tuple[float, float, float, float] | None = None
    """Your camera's fx fy cx cy, in pixels (centre of the first pixel = 0 0)."""
    cameras: Path | None = None
    """Keypoint3D only: file or folder with every camera, in any format that docs/cameras.md lists."""
    strict: bool = False
    """Keypoint3D only: stop at a frame that a camera lacks or that can't be read, in place of NaN."""
    also: tuple[Literal["anipose", "dlc", "trc", "c3d", "nwb", "slp", "rerun", "parquet"], ...] = ()
    """Keypoint3D only: files to write for other programs. anipose and dlc: CSV; trc: OpenSim; c3d: motion capture; nwb:
    with ndx-pose; slp: SLEAP; rerun: its viewer; parquet: a table that is read in pieces. docs/prediction.md tells
    units and axes. Some need the extras `interchange` and `rerun`. Of a finished prediction they are written without
    predicting again."""
    unit: Literal["m", "cm", "mm"] | None = None
    """Keypoint3D only: length unit of the camera file, for files that name it."""
    smooth: float | None = None
    """Keypoint3D only: smooth the points over time, by a Butterworth filter without delay; in Hz, the fastest movement
    that is to stay, such as 6 for people. Never across frames that lack; keypoints.csv then says so."""
    fps: float | None = None
    """Keypoint3D only: frames a second of images whose names tell no times, for files that need them."""
    workers: int | None = None
    """Number of processes that share the frames; by default this one finds all. Needs the extra `cluster`. Whatever is
    killed, each frame is found once, and the results are those of one process."""
    ray: str | None = None
    """Address of a running Ray cluster for the workers, such as head:6379; by default they run on this machine."""

    def __call__(self) -> None:
        from tfkeypoints.training.run import Run

        if self.fov is not None and self.intrinsics is not None:
            raise ValueError("`fov` and `intrinsics` both describe the camera; give one of them")
        if self.fov is not None and not 0 < self.fov < 180:
            raise ValueError(f"`fov` should lie between 0 and 180 degrees. Received: fov={self.fov}")
        run = Run.open(self.run)
        options = {name: value for name, value in vars(self).items() if name not in ("run", "out")}
        reading = self.reading()
        options |= {"offset": reading["offsets"], "pair": reading["pairs"]}
        run.recipe.predict(run, self.out or run.outputs / "predictions", **options)
