"""`tfkeypoints predict`."""

import dataclasses
from pathlib import Path
from typing import Annotated, Literal

import tyro


@dataclasses.dataclass(frozen=True, kw_only=True)
class Predict:
    """Find keypoints in your own images or videos.

    KeypointNet takes PNG and JPEG of any size, with the object in the middle. A model that learnt from objects with an
    alpha channel, as those of rendered_objects, wants them cut out: on a transparent background, or a plain mid-grey
    one (128; black for the original's, see `import keypointnet`). It writes an overlay for each image, keypoints.csv
    and keypoints.npz. Without a camera, the image is taken to be seen as the training images were; depths are in the
    units of the training data. A run that was trained on --captures cuts photos to their objects by itself; of the
    folder of an object with its cameras it writes points.csv too, in the frame and unit of the camera file.

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
    """An image, or a folder of images, or of an object as for train --captures; for Keypoint3D a folder with a
    sub-folder or video a camera."""
    out: Path | None = None
    """Where to write; by default predictions/ in the run folder."""
    fov: float | None = None
    """Your camera's vertical field of view, in degrees."""
    intrinsics: tuple[float, float, float, float] | None = None
    """Your camera's fx fy cx cy, in pixels (centre of the first pixel = 0 0)."""
    cameras: Path | None = None
    """Keypoint3D only: file or folder with every camera, in any format that docs/cameras.md lists."""
    offset: Annotated[tyro.conf.UseAppendAction[tuple[str, ...]], tyro.conf.arg(metavar="CAMERA=FRAMES")] = ()
    """Keypoint3D only: a camera that started later than the others, and by how many of its frames."""
    pair: Annotated[tyro.conf.UseAppendAction[tuple[str, ...]], tyro.conf.arg(metavar="CAMERA=NAME")] = ()
    """Keypoint3D only: a camera and its sub-folder or video, where that is not called like the camera."""
    bits: int | None = None
    """Of 16-bit grey images, the bits that are used; by default 12 or 16, whichever fits."""
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
        from tfkeypoints.data.recordings.matching import pairs_of
        from tfkeypoints.training.run import Run

        if self.fov is not None and self.intrinsics is not None:
            raise ValueError("`fov` and `intrinsics` both describe the camera; give one of them")
        if self.fov is not None and not 0 < self.fov < 180:
            raise ValueError(f"`fov` should lie between 0 and 180 degrees. Received: fov={self.fov}")
        run = Run.open(self.run)
        options = {name: value for name, value in vars(self).items() if name not in ("run", "out")}
        options |= {"offset": read_offsets(self.offset), "pair": pairs_of(self.pair)}
        run.recipe.predict(run, self.out or run.folder / "predictions", **options)


def read_offsets(words: tuple[str, ...]) -> dict[str, int]:
    """Reads `CAMERA=FRAMES`."""
    offsets = {}
    for word in words:
        name, _, frames = word.rpartition("=")
        if not name or name in offsets or not frames.removeprefix("-").isdecimal():
            raise ValueError(f"`offset` should be CAMERA=FRAMES, once a camera. Received: {' '.join(words)}")
        offsets[name] = int(frames)
    return offsets
