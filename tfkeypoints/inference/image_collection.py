"""Keypoints of any number of images, each by itself, found chunk by chunk."""

import contextlib
import itertools
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tfkeypoints.data import recordings
from tfkeypoints.inference.chunks import Chunks, shared_size
from tfkeypoints.inference.detections import Detections
from tfkeypoints.inference.finding import check_workers, finding
from tfkeypoints.inference.image_job import ImageJob
from tfkeypoints.inference.images import write_csv, write_npz
from tfkeypoints.inference.plan import plan_of_images
from tfkeypoints.inference.steps import follow

if TYPE_CHECKING:
    from tfkeypoints.training.run import Run


BACKGROUNDS = {"symmetric": "plain mid-grey (128)", "unit": "plain black"}
"""What a KeypointNet takes transparent pixels for, by its input range."""


def predict(
    run: "Run",
    out: Path,
    images: Path,
    fov: float | None = None,
    intrinsics: tuple[float, float, float, float] | None = None,
    bits: int | None = None,
    workers: int | None = None,
    ray: str | None = None,
) -> None:
    """Finds the keypoints of each of the user's images by itself, draws and writes them.

    What is found is kept chunk by chunk; a prediction that was killed is resumed when it is asked for again.

    Args:
        run: A run, whose model sees one view.
        out: Folder for `overlays/`, `keypoints.csv` and `keypoints.npz`.
        images: An image, or a folder of images. Where the model knows objects that are cut out, so is the object of an
            image without transparent pixels, if its background is plain; without a camera, it is then shown to the
            model in the middle and as large as the training's. Images that are unlike the run's validation images are
            told, as far as these are known (`inference.familiarity`).
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
        detections = [(part, i) for part in found for i in range(len(part))]
        if not detections:
            found.remove()
            with contextlib.suppress(OSError):
                out.rmdir()  # unless something else is in it
            raise ValueError(f"`images` should hold a PNG or JPEG that can be read. Received: images={images}")
        names = [paths[part.numbers[i]].name for part, i in detections]
        keypoints = [part[i] for part, i in detections]
        unfamiliarity = np.array([part.unfamiliarity[i] for part, i in detections])
        write_npz(out / "keypoints.npz", names, keypoints, {"unfamiliarity": unfamiliarity})
        write_csv(out / "keypoints.csv", names, keypoints)
        found.remove()
    print(f"{len(names)} images, {len(keypoints[0].uv)} keypoints each: {out}")
    _tell_of_cuts(names, [part.cut[i] for part, i in detections], [part.whole[i] for part, i in detections])
    _tell_of_strangers(names, unfamiliarity)


def _tell_of_cuts(names: Sequence[str], cut: Sequence[bool] | np.ndarray, whole: Sequence[str] | np.ndarray) -> None:
    """Which images were cut out, and which were not and why."""
    done = list(itertools.compress(names, cut))
    if done:
        print(f"{len(done)} of them were cut out by their plain background, such as {done[0]}: overlays show it")
    for name, reason in zip(names, whole, strict=True):
        if reason:
            print(f"{name} is not cut out: {reason}", file=sys.stderr)
    left = list(itertools.compress(names, whole))
    if left:
        print(
            f"{len(left)} of them were taken whole, such as {left[0]}: the model knows objects that are cut out, and "
            "takes what surrounds them for parts. Put them before a plain background, or cut them out",
            file=sys.stderr,
        )


def _tell_of_strangers(names: Sequence[str], unfamiliarity: np.ndarray) -> None:
    """Which images are unlike the validation images."""
    if np.isnan(unfamiliarity).all():
        print("whether images are like the model's validation images can't be told: it has none here", file=sys.stderr)
    for name, distance in zip(names, unfamiliarity.tolist(), strict=True):
        if distance > 1:
            print(
                f"{name} is unlike what the model knows ({distance:.1f} times as far off as 99 % of its validation "
                "images): its keypoints may mean nothing",
                file=sys.stderr,
            )


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
