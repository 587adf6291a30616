"""Keypoints of any number of images, each by itself, found chunk by chunk."""

import contextlib
import json
import sys
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tfkeypoints.data import recordings
from tfkeypoints.inference.chunks import Chunks, shared_size
from tfkeypoints.inference.detections import Detections
from tfkeypoints.inference.finding import check_workers, finding
from tfkeypoints.inference.image_job import ImageJob
from tfkeypoints.inference.images import write_csv, write_npz
from tfkeypoints.inference.plan import plan_of_images
from tfkeypoints.inference.steps import follow

BACKGROUNDS = {"symmetric": "plain mid-grey (128)", "unit": "plain black"}
"""What a KeypointNet takes transparent pixels for, by its input range."""


def predict(
    run,
    out: Path,
    images: Path,
    fov: float | None = None,
    intrinsics: Sequence[float] | None = None,
    bits: int | None = None,
    workers: int | None = None,
    ray: str | None = None,
) -> None:
    """Finds the keypoints of each of the user's images by itself, draws and writes them.

    What is found is kept chunk by chunk; a prediction that was killed is resumed when it is asked for again.

    Args:
        run: A run, whose model sees one view.
        out: Folder for `overlays/`, `keypoints.csv` and `keypoints.npz`.
        images: An image, or a folder of images.
        fov: The camera's vertical field of view in degrees, or
        intrinsics: its fx fy cx cy in pixels; without both, the image is taken to be seen as the training images were.
        bits: How many of the 16 bits of grey images are used; None detects 12 or 16.
        workers, ray: As in `finding`.

    Raises:
        ValueError: If there is no image that can be read.
    """
    check_workers(workers, ray)
    recordings.check_bits(bits)
    paths = images_at(images)
    overlays = overlay_names(paths)
    job = ImageJob(
        run=run.folder.resolve(),
        paths=tuple(paths),
        overlays=tuple(out.resolve() / "overlays" / overlays[path] for path in paths),
        fov=fov,
        intrinsics=intrinsics,
        bits=bits or recordings.used_bits(paths),
    )
    planned = plan_of_images(run.model_file, job)
    size = shared_size(len(paths), workers, 1)
    with Chunks(out.resolve() / "unfinished", planned, len(paths), Detections, size) as found:
        done = found.frames
        if done:
            print(f"resumed after {done} of {len(paths)} images, kept in {found.folder}", file=sys.stderr)
        try:
            follow(finding(job, found, workers, ray), len(paths), done, "image", str(images), None)
        finally:
            if 0 < found.frames < len(paths):
                print(f"{found.frames} images are kept: the same command goes on behind them", file=sys.stderr)
        detections = [(part.numbers[i], part.opaque[i], part[i]) for part in found for i in range(len(part))]
        if not detections:
            found.remove()
            with contextlib.suppress(OSError):
                out.rmdir()  # unless something else is in it
            raise ValueError(f"`images` should hold a PNG or JPEG that can be read. Received: images={images}")
        names = [paths[number].name for number, _, _ in detections]
        keypoints = [each for _, _, each in detections]
        write_npz(out / "keypoints.npz", names, keypoints)
        write_csv(out / "keypoints.csv", names, keypoints)
        found.remove()
    print(f"{len(names)} images, {len(keypoints[0].uv)} keypoints each: {out}")
    opaque = [name for name, (_, full, _) in zip(names, detections, strict=True) if full]
    if opaque and run.config["images"]["shape"][-1] == 4:
        print(
            f"{len(opaque)} of them without transparent pixels, such as {opaque[0]}: the model knows objects that are "
            f"cut out, and takes what surrounds them for parts; {_background(run)} alone is as good",
            file=sys.stderr,
        )


def _background(run):
    """What the run's model takes transparent pixels for; read from Keras' archive, for loading takes as long as all."""
    with zipfile.ZipFile(run.model_file) as archive:
        return BACKGROUNDS[json.loads(archive.read("config.json"))["config"]["input_range"]]


def images_at(path: Path) -> list[Path]:
    """The image at a path, or those in the folder there."""
    if path.is_file():
        return [path]
    if path.is_dir():
        return recordings.find_images(path)[0]
    raise ValueError(f"`images` should be an image or a folder of images. Received: images={path}")


def overlay_names(paths: list[Path]) -> dict[Path, str]:
    """Names overlays after their images; `a.png` and `a.jpg` keep their suffixes to stay apart."""
    stems = Counter(path.stem for path in paths)
    return {path: f"{path.stem if stems[path.stem] == 1 else path.name}.png" for path in paths}
