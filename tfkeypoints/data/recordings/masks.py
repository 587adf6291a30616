"""A user's masks of a recording: what of each image shows the subject, from `masks/` or from alpha channels."""

import dataclasses
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from tfkeypoints.data.recordings import find
from tfkeypoints.data.recordings.image_sequence import ImageSequence
from tfkeypoints.data.recordings.images import SAMPLES, UNREADABLE, image_size, read_image
from tfkeypoints.data.recordings.missing import Missing
from tfkeypoints.data.recordings.names import order, read_names
from tfkeypoints.data.recordings.recording import Recording, shortened
from tfkeypoints.data.recordings.video import Video, open_video

LABELS = 16
"""An image of integers that are all smaller holds labels: 0 is not the subject, everything else is."""
LOSSY = (".jpg", ".jpeg")


@dataclasses.dataclass(frozen=True)
class MaskImages:
    """One camera's masks, an image for each of its frames; read as grey, 255 where the subject is and 0 elsewhere.

    Attributes:
        paths: Of each frame, in the order of the camera's own.
        size: Width and height.
    """

    paths: tuple[Path, ...]
    size: tuple[int, int]

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that are read."""
        return self.paths

    def read(self, wanted: Iterable[int]) -> Iterator[Image.Image]:
        """Reads the masks of the frames of these numbers.

        Raises:
            ValueError: If one can't be read or has another size; the message names the file.
        """
        for number in wanted:
            yield read_mask(self.paths[number], self.size)


@dataclasses.dataclass(frozen=True)
class AlphaChannel:
    """One camera's masks that are the alpha channels of its images.

    Attributes:
        images: The images.
    """

    images: ImageSequence

    def __len__(self) -> int:
        return len(self.images)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.images.size

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that are read."""
        return self.images.paths

    def read(self, wanted: Iterable[int]) -> Iterator[Image.Image | Missing]:
        """Reads the masks of the frames of these numbers; an image without alpha shows the subject everywhere."""
        for image in self.images.read(wanted):
            yield image if isinstance(image, Missing) else image.convert("RGBA").getchannel("A")


def find_masks(folder: str | Path, recording: Recording) -> Recording | None:
    """Finds a user's masks: one a frame in `masks/CAMERA/`, videos `masks/CAMERA.mp4`, or the images' alpha channels.

    Masks in `masks/` belong to their camera's frames by the numbers or names of the images, or one after another where
    there are as many. White is the subject, black is not.

    Args:
        folder: The recording's.
        recording: What was found in it.

    Returns:
        A recording of the masks, of the same times; None where there are none.

    Raises:
        ValueError: If `masks/` lacks a camera or a frame, or one has another size than the camera's images.
    """
    place = Path(folder) / find.MASKS
    if place.is_dir() and find.MASKS not in recording.names:
        sources: tuple[MaskImages | Video | AlphaChannel, ...] = _in_folder(place, recording)
        told = f"the subject is what {find.MASKS}/ says"
    else:
        sequences = [source for source in recording.sources if isinstance(source, ImageSequence)]
        if len(sequences) < len(recording.sources) or not all(map(_has_alpha, sequences)):
            return None
        sources, told = tuple(map(AlphaChannel, sequences)), "the subject is what is not transparent"
    # Masks are only read, as a camera's own images are.
    return dataclasses.replace(recording, sources=sources, remarks=(told,))  # type: ignore[arg-type]


def read_mask(path: Path, size: tuple[int, int]) -> Image.Image:
    """Reads a mask as grey, 255 where the subject is and 0 elsewhere.

    In images of integers below `LABELS`, and of colors by number, everything but 0 is the subject; otherwise what is
    brighter than half of what can be. An alpha channel that varies counts in place of the colors.

    Args:
        path: PNG, TIFF, BMP or JPEG.
        size: Width and height that it should have.

    Raises:
        ValueError: If it can't be read or has another size; the message names the file.
    """
    try:
        with Image.open(path) as image:
            subject = _subject(image, Path(path).suffix.lower() in LOSSY)
    except UNREADABLE as error:
        raise ValueError(f"{path} can't be read as a mask ({error})") from error
    if subject.shape != size[::-1]:
        raise ValueError(
            f"{path} should have {size[0]} × {size[1]} pixels as the image that it is a mask of. "
            f"Received: {subject.shape[1]} × {subject.shape[0]}"
        )
    return Image.fromarray(np.where(subject, np.uint8(255), np.uint8(0)))


def _subject(image: Image.Image, lossy: bool) -> np.ndarray:
    """Where the subject is: bool `[h, w]`."""
    if image.has_transparency_data and image.mode != "P":
        alpha = np.asarray(image.convert("RGBA").getchannel("A"))
        if np.ptp(alpha):
            return alpha > 127
    if image.mode == "P":
        return np.asarray(image) != 0
    plain = image.mode in ("1", "L", "I", "F") or "16" in image.mode
    values = np.asarray(image if plain else image.convert("L"))
    if not lossy and values.max() < LABELS:
        return values != 0
    full = np.iinfo(values.dtype).max if values.dtype in (np.uint8, np.uint16) else values.max()
    return values > full / 2


def _in_folder(place: Path, recording: Recording) -> tuple[MaskImages | Video, ...]:
    entries = find.entries_of(place)
    called = [
        name if name in entries else _entry(source)
        for name, source in zip(recording.names, recording.sources, strict=True)
    ]
    if lacking := [name for name, entry in zip(recording.names, called, strict=True) if entry not in entries]:
        raise ValueError(
            f"{place} should hold masks of each camera: a sub-folder of its name with an image for each frame, or a "
            f"video. Received: {', '.join(sorted(entries)) or 'nothing'}; none for {', '.join(lacking)}"
        )
    return tuple(_masks_of(place, *each) for each in zip(recording.names, called, recording.sources, strict=True))


def _entry(source: ImageSequence | Video) -> str:
    """What a camera's sub-folder, or its video without suffix, is called."""
    return source.path.stem if isinstance(source, Video) else source.paths[0].parent.name


def _masks_of(place: Path, name: str, entry: str, source: ImageSequence | Video) -> MaskImages | Video:
    images, video = find.files_of(place, name, entry)
    if video is not None:
        found: MaskImages | Video = open_video(video)
        if len(found) != len(source):
            raise ValueError(
                f"{video} should have a frame for each of `{name}`, {len(source)}. Received: {len(found)} frames"
            )
        size = found.size
    else:
        paths = _in_order(place, name, images, source)
        found, (size, _) = MaskImages(paths, source.size), image_size(paths[0])
    if tuple(size) != tuple(source.size):
        raise ValueError(
            f"{place} should hold masks of the size of the images. Received: for `{name}` {size[0]} × {size[1]}, and "
            f"images of {source.size[0]} × {source.size[1]}"
        )
    return found


def _in_order(place: Path, name: str, images: list[Path], source: ImageSequence | Video) -> tuple[Path, ...]:
    """The mask of each of a camera's frames."""
    masks = dict(zip(read_names([[path.stem for path in images]])[0].keys, images, strict=True))
    if isinstance(source, ImageSequence):
        stems = {path.stem: path for path in images}
        if all(path.stem in stems for path in source.paths):
            return tuple(stems[path.stem] for path in source.paths)
        if all(key in masks for key in source.keys):
            return tuple(masks[key] for key in source.keys)
    if len(images) == len(source):
        return tuple(masks[key] for key in sorted(masks, key=order))
    missing = ""
    if isinstance(source, ImageSequence):
        lacking = [source.label(number) for number, key in enumerate(source.keys) if key not in masks]
        missing = f", none for {shortened(lacking)}" if lacking else ""
    raise ValueError(
        f"{place} should hold a mask for each frame of `{name}`, {len(source)}. Received: {len(images)} masks{missing}"
    )


def _has_alpha(sequence: ImageSequence) -> bool:
    """Whether any of some images is transparent somewhere."""
    chosen = np.unique(np.linspace(0, len(sequence) - 1, SAMPLES).astype(int))
    return any(_is_transparent(sequence.paths[number], sequence.bits) for number in chosen)


def _is_transparent(path: Path, bits: int) -> bool:
    try:
        with Image.open(path) as image:
            if not image.has_transparency_data:
                return False
        return read_image(path, bits).getchannel("A").getextrema()[0] < 255
    except UNREADABLE:
        return False
