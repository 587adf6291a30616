"""Finding the frames of each camera in a folder."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tfkeypoints.data.recordings.image_sequence import ImageSequence, image_sequence
from tfkeypoints.data.recordings.images import check_bits, find_images
from tfkeypoints.data.recordings.matching import matched
from tfkeypoints.data.recordings.names import read_names
from tfkeypoints.data.recordings.pairing import NONE
from tfkeypoints.data.recordings.recording import Recording, shortened
from tfkeypoints.data.recordings.synchrony import paired
from tfkeypoints.data.recordings.video import open_video

VIDEO_SUFFIXES = (
    *(".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg"),
    *(".ts", ".mts", ".m2ts", ".wmv", ".flv", ".h264", ".mjpeg"),
)


MASKS = "masks"
"""The sub-folder with a user's masks; see `masks.find_masks`."""


def find_recording(
    folder: str | Path,
    names: Sequence[str],
    offsets: Mapping[str, int] | None = None,
    bits: int | None = None,
    strict: bool = False,
    pairs: Mapping[str, str] | None = None,
) -> Recording:
    """Finds the frames of each camera: images in a sub-folder of the camera's name, or a video of that name.

    Frames are paired by the numbers in the images' names, or by time if the names are times or the files videos;
    docs/prediction.md has the rules. What is ignored, assumed or missing is told in the recording's `remarks`.

    Args:
        folder: Where sub-folders and videos lie; others than the cameras' are ignored.
        names: The cameras.
        offsets: How many of its frames a camera started later than the others.
        bits: How many of the 16 bits of grey images are used, 9 to 16; None detects 12 or 16.
        strict: Whether a frame that a camera lacks, or that can't be read, is an error.
        pairs: Camera to the sub-folder or video that is its own, where names differ; see `matching.matched`.

    Raises:
        ValueError: If a camera has no frames, or it can't be known which belong together. The message says which.
    """
    folder, offsets = Path(folder), dict(offsets or {})
    if not folder.is_dir():
        raise ValueError(f"`images` should be a folder with a sub-folder or video a camera. Received: images={folder}")
    if unknown := sorted(set(offsets) - set(names)):
        raise ValueError(f"`offset` should name cameras, of {', '.join(names)}. Received: {', '.join(unknown)}")
    check_bits(bits)
    entries, remarks = matched(entries_of(folder) - ({MASKS} - set(names)), names, pairs or {})
    found = {name: files_of(folder, name, entries[name], remarks) for name in names}
    stems = {name: [path.stem for path in images] for name, (images, _) in found.items() if images}
    read = dict(zip(stems, read_names(list(stems.values())), strict=True))
    sources = {
        name: image_sequence(images, read[name], bits) if video is None else open_video(video)
        for name, (images, video) in found.items()
    }
    together = paired(sources, offsets)
    lacking = []
    for name, column in zip(names, together.numbers.T, strict=True):
        missing = [label for label, number in zip(together.labels, column, strict=True) if number == NONE]
        lacking += [f"`{name}` has no {shortened(missing)}"] * bool(missing)
    if not (together.numbers != NONE).all(1).any():
        raise ValueError(f"`images` should hold frames that all cameras have. Received: {'; '.join(lacking)}")
    if strict and lacking:
        raise ValueError(f"`images` should hold every frame of each camera. Received: {'; '.join(lacking)}")
    remarks += [*_assumed(sources, bits), *together.remarks, *lacking]
    return Recording(
        names=tuple(names),
        sources=tuple(sources.values()),
        pairs=together.numbers,
        labels=together.labels,
        times=together.times,
        remarks=tuple(remarks),
        strict=strict,
    )


def entries_of(folder: Path) -> set[str]:
    """What could be a camera's: the names of sub-folders that hold images, and those of videos without their suffix."""
    paths = list(folder.iterdir())
    folders = {path.name for path in paths if path.is_dir() and not path.name.startswith(".") and find_images(path)[0]}
    return folders | {path.stem for path in paths if path.is_file() and path.suffix.lower() in VIDEO_SUFFIXES}


def files_of(folder: Path, name: str, entry: str, remarks: list[str] | None = None) -> tuple[list[Path], Path | None]:
    """A camera's images, or its video; appends a remark on the files in its folder that are no images."""
    images, others = find_images(folder / entry) if (folder / entry).is_dir() else ([], [])
    files = (path for path in folder.iterdir() if path.is_file())
    videos = [path for path in files if path.stem == entry and path.suffix.lower() in VIDEO_SUFFIXES]
    if bool(images) + len(videos) != 1:
        there = ", ".join(sorted(path.name for path in folder.iterdir())) or "nothing"
        raise ValueError(
            f"`images` should hold, for camera `{name}`, either a sub-folder {entry}/ with PNG, JPEG, TIFF or BMP, or "
            f"a video {entry}.mp4. Received: {len(images)} images and {len(videos)} videos of it; "
            f"the folder holds {there}"
        )
    if images and others and remarks is not None:
        counted = f"{len(others)} files that are no images" if len(others) > 1 else "a file that is no image"
        remarks.append(f"{folder / entry} holds {counted}, ignored: {others[0].name}{' …' * (len(others) > 1)}")
    return images, None if images else videos[0]


def _assumed(sources: dict, bits: int | None) -> list[str]:
    """What was read off the files and could be wrong."""
    remarks = []
    for name, source in sources.items():
        if isinstance(source, ImageSequence):
            if bits is None and source.bits == 12:
                remarks.append(f"`{name}` has images of 16 bits, of which 12 are used: 4095 is taken for white")
            continue
        if source.told not in (0, len(source)):
            remarks.append(f"{source.path} holds {len(source)} frames, which are read; its header says {source.told}")
        if source.turns:
            degrees = {1: "90° counterclockwise", 2: "180°", 3: "90° clockwise"}[source.turns]
            remarks.append(f"{source.path} asks for a turn by {degrees}: its frames are turned upright")
        if source.lenient:
            remarks.append(
                f"{source.path} is damaged: none of its frames passes FFmpeg's checks, all may be wrong in parts"
            )
    return remarks
