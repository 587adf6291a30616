"""`tfkeypoints predict`."""

import dataclasses
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import tyro

SUFFIXES = (".png", ".jpg", ".jpeg")
OVERLAY_SIZES = (256, 1024)
"""Least and greatest longer side of an overlay, in pixels."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Predict:
    """Find keypoints in your own images.

    Takes PNG and JPEG of any size, best with a transparent or black background and the object in the middle. Writes
    an overlay for each image, keypoints.csv and keypoints.npz. Without a camera, the image is taken to be seen as the
    training images were; depths are in the units of the training data.

    Example:
      tfkeypoints predict runs/demo photos/ --out keypoints --fov 40
    """

    run: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="RUN")]
    """Run folder."""
    images: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="IMAGES")]
    """An image, or a folder of images."""
    out: Path | None = None
    """Where to write; by default predictions/ in the run folder."""
    fov: float | None = None
    """Your camera's vertical field of view, in degrees."""
    intrinsics: tuple[float, float, float, float] | None = None
    """Your camera's fx fy cx cy, in pixels (centre of the first pixel = 0 0)."""

    def __call__(self) -> None:
        from tfkeypoints import prediction
        from tfkeypoints.run import Run

        if self.fov is not None and self.intrinsics is not None:
            raise ValueError("`fov` and `intrinsics` both describe the camera; give one of them")
        if self.fov is not None and not 0 < self.fov < 180:
            raise ValueError(f"`fov` should lie between 0 and 180 degrees. Received: fov={self.fov}")
        run = Run.open(self.run)
        paths = _find_images(self.images)
        model = run.load_model()
        trained_on = run.config["images"]
        out = self.out or run.folder / "predictions"
        overlays = _overlay_names(paths)
        names, found = [], []
        for path in paths:
            try:
                image = _read(path)
            except ValueError as error:
                print(f"skipped: {error}", file=sys.stderr)
                continue
            keypoints = prediction.detect(
                model, image, trained_on["shape"][1:], trained_on["intrinsics"], self._camera(image)
            )
            _draw(out / "overlays" / overlays[path], image, keypoints)
            names.append(path.name)
            found.append(keypoints)
        if not found:
            raise ValueError(f"`images` should hold a PNG or JPEG that can be read. Received: images={self.images}")
        prediction.write_npz(out / "keypoints.npz", names, found)
        prediction.write_csv(out / "keypoints.csv", names, found)
        print(f"{len(found)} images, {len(found[0].uv)} keypoints each: {out}")

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
    if path.is_file():
        return [path]
    if path.is_dir():
        return sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES)
    raise ValueError(f"`images` should be an image or a folder of images. Received: images={path}")


def _read(path: Path):
    """Reads an image as RGBA, turned as its camera was held."""
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as image:
            return ImageOps.exif_transpose(image).convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError(f"{path} can't be read as an image ({error})") from error


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
