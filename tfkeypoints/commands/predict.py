"""`tfkeypoints predict`."""

import dataclasses
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import tyro

OVERLAY_SIZES = (256, 1024)
"""Least and greatest longer side of an overlay, in pixels."""
IMAGE_FPS = 10
"""Frames a second of a video that is made of images."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Predict:
    """Find keypoints in your own images or videos.

    KeypointNet takes PNG and JPEG of any size, with the object in the middle. A model that learnt from objects with an
    alpha channel, as those of rendered_objects, wants them cut out: on a transparent background, or a plain mid-grey
    one (128). It writes an overlay for each image, keypoints.csv and keypoints.npz. Without a camera, the image is
    taken to be seen as the training images were; depths are in the units of the training data.

    Keypoint3D takes a folder with a sub-folder of images, or a video, for each camera, and a file with the cameras;
    docs/prediction.md describes both. It writes keypoints.csv and keypoints.npz, in the world of that file, and
    keypoints.mp4.

    Example:
      tfkeypoints predict runs/demo photos/ --out keypoints --fov 40
      tfkeypoints predict runs/hammer recording/ --cameras recording/cameras.json
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
    """Keypoint3D only: JSON with every camera's intrinsics and extrinsics, or anipose's TOML."""

    def __call__(self) -> None:
        from tfkeypoints.training.run import Run

        if self.fov is not None and self.intrinsics is not None:
            raise ValueError("`fov` and `intrinsics` both describe the camera; give one of them")
        if self.fov is not None and not 0 < self.fov < 180:
            raise ValueError(f"`fov` should lie between 0 and 180 degrees. Received: fov={self.fov}")
        run = Run.open(self.run)
        out = self.out or run.folder / "predictions"
        if run.config["model"] == "keypoint3d":
            self._predict_scene(run, out)
        else:
            self._predict_images(run, out)

    def _predict_images(self, run, out: Path) -> None:
        """Each image by itself, with a KeypointNet."""
        from tfkeypoints.data import recordings
        from tfkeypoints.inference import images

        if self.cameras is not None:
            raise ValueError(f"`cameras` is for runs of keypoint3d; {run.folder} is one of {run.config['model']}")
        paths = _find_images(self.images)
        model = run.load_model()
        trained_on = run.config["images"]
        overlays = _overlay_names(paths)
        names, found, opaque = [], [], []
        for path in paths:
            try:
                image = recordings.read_image(path)
            except ValueError as error:
                print(f"skipped: {error}", file=sys.stderr)
                continue
            keypoints = images.detect(
                model, image, trained_on["shape"][1:], trained_on["intrinsics"], self._camera(image)
            )
            _draw(out / "overlays" / overlays[path], image, keypoints)
            names.append(path.name)
            found.append(keypoints)
            if image.getextrema()[3][0] == 255:
                opaque.append(path.name)
        if not found:
            raise ValueError(f"`images` should hold a PNG or JPEG that can be read. Received: images={self.images}")
        images.write_npz(out / "keypoints.npz", names, found)
        images.write_csv(out / "keypoints.csv", names, found)
        print(f"{len(found)} images, {len(found[0].uv)} keypoints each: {out}")
        if opaque and trained_on["shape"][-1] == 4:
            print(
                f"{len(opaque)} of them without transparent pixels, such as {opaque[0]}: the model knows objects that "
                "are cut out, and takes what surrounds them for parts; plain mid-grey (128) alone is as good",
                file=sys.stderr,
            )

    def _predict_scene(self, run, out: Path) -> None:
        """Synchronised frames of all cameras, with a Keypoint3D."""
        from tqdm import tqdm

        from tfkeypoints import visualization
        from tfkeypoints.cameras.calibration import read_calibration
        from tfkeypoints.data.recordings import find_recording
        from tfkeypoints.inference import recordings
        from tfkeypoints.metrics.consistency import view_disagreement

        if self.cameras is None or self.fov is not None or self.intrinsics is not None:
            raise ValueError("A run of keypoint3d takes its cameras from a file: `--cameras cameras.json`")
        calibration = read_calibration(self.cameras)
        recording = find_recording(self.images, calibration.names)
        frames = tqdm(recording, unit="frame", disable=None)
        tracks = recordings.track(run.load_model(), frames, calibration, run.config["images"]["shape"][1:])
        recordings.write_npz(out / "keypoints.npz", recording.labels, tracks, calibration)
        recordings.write_csv(out / "keypoints.csv", recording.labels, tracks, calibration.names)
        drawn = recordings.draw(recording, tracks, calibration)
        visualization.write_animation(out / "keypoints.mp4", drawn, recording.fps or IMAGE_FPS)
        print(
            f"{len(recording)} frames, {tracks.keypoints.shape[1]} keypoints each: {out}\n"
            f"views disagree by {view_disagreement(tracks.points_world).mean():.3g} in the camera file's unit"
        )
        for alarm in recordings.alarms(tracks, calibration):
            print(f"alarm: {alarm}", file=sys.stderr)

    def _camera(self, image):
        """The intrinsics that the options give to an image; None if they give none."""
        import math

        from tfkeypoints.geometry import camera

        if self.fov is not None:
            return camera.intrinsics_from_fov(math.radians(self.fov), image.width / image.height)
        if self.intrinsics is not None:
            return camera.intrinsics_from_pixels(*self.intrinsics, image.width, image.height)
        return None


def _find_images(path: Path) -> list[Path]:
    from tfkeypoints.data import recordings

    if path.is_file():
        return [path]
    if path.is_dir():
        return recordings.find_images(path)
    raise ValueError(f"`images` should be an image or a folder of images. Received: images={path}")


def _overlay_names(paths: list[Path]) -> dict[Path, str]:
    """Names overlays after their images; `a.png` and `a.jpg` keep their suffixes to stay apart."""
    stems = Counter(path.stem for path in paths)
    return {path: f"{path.stem if stems[path.stem] == 1 else path.name}.png" for path in paths}


def _draw(path: Path, image, keypoints) -> None:
    import numpy as np

    from tfkeypoints import visualization

    size = int(np.clip(max(image.size), *OVERLAY_SIZES))
    visualization.save_image(
        path, visualization.draw_keypoints(np.asarray(image), keypoints.uv, keypoints.confidence, size=size)
    )
