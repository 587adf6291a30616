"""`tfkeypoints predict`."""

import dataclasses
from pathlib import Path
from typing import Annotated, Literal

import tyro

from tfkeypoints.data.recordings.options import RecordingOptions


@dataclasses.dataclass(frozen=True, kw_only=True)
class Predict(RecordingOptions):
    """Find keypoints in your own images or videos.

    KeypointNet takes PNG and JPEG of any size, with the object in the middle. A model that learnt from objects with an
    alpha channel, as those of rendered_objects, wants them cut out: on a transparent background, or a plain mid-grey
    one (128; black for the original's, see `import keypointnet`). It writes an overlay for each image, keypoints.csv
    and keypoints.npz. Without a camera, the image is taken to be seen as the training images were; depths are in the
    units of the training data.

    Keypoint3D takes a folder with a sub-folder of images, or a video, for each camera, and a file with the cameras;
    docs/prediction.md describes both. It writes keypoints.csv and keypoints.npz, in the world of that file,
    keypoints.mp4, and with the extra `pages` scene.html; after `tfkeypoints label`, named.csv too; and files for other
    programs that --also names.

    Example:
      tfkeypoints predict runs/demo photos/ --out keypoints --fov 40
      tfkeypoints predict runs/hammer recording/ --cameras recording/cameras.json
      tfkeypoints predict runs/mouse recording/ --cameras calibration.toml --also anipose nwb --unit mm
    """

    run: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="RUN")]
    """Run folder."""
    images: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="IMAGES")]
    """An image, or a folder of images; for Keypoint3D a folder with a sub-folder or video a camera."""
    out: Path | None = None
    """Where to write; by default predictions/ in the run folder."""
    fov: float | None = None
    """Your camera's vertical field of view, in degrees."""
    intrinsics: tuple[float, float, float, float] | None = None
    """Your camera's fx fy cx cy, in pixels (centre of the first pixel = 0 0)."""
    cameras: Path | None = None
    """Keypoint3D only: file or folder with every camera, in any format that docs/cameras.md lists."""
    strict: bool = False
    """Keypoint3D only: stop at a frame that a camera lacks or that can't be read, in place of NaN."""
    also: tuple[Literal["anipose", "dlc", "trc", "c3d", "nwb", "slp", "rerun"], ...] = ()
    """Keypoint3D only: files to write for other programs. anipose and dlc: CSV; trc: OpenSim; c3d: motion capture; nwb:
    with ndx-pose; slp: SLEAP; rerun: its viewer. docs/prediction.md tells units and axes. Some need the extras
    `interchange` and `rerun`."""
    unit: Literal["m", "cm", "mm"] | None = None
    """Keypoint3D only: length unit of the camera file, for files that name it."""
    fps: float | None = None
    """Keypoint3D only: frames a second of images whose names tell no times, for files that need them."""

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
        run.recipe.predict(run, self.out or run.folder / "predictions", **options)
