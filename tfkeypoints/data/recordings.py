"""Images and videos on disk, as synchronised frames of several cameras."""

import dataclasses
import itertools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image, ImageOps

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg")
VIDEO_SUFFIXES = (".mp4", ".avi", ".mov", ".mkv", ".webm")


@dataclasses.dataclass(frozen=True)
class Recording:
    """What several cameras saw at the same times; iterating gives V images a frame.

    Attributes:
        names: V cameras.
        sources: Each camera's `ImageSequence` or `Video`.
        labels: T frames: the numbers or names of the images; counted from 0 if all are videos.
        fps: Frames a second of the first video; None without one.
    """

    names: tuple[str, ...]
    sources: tuple["ImageSequence | Video", ...]
    labels: tuple[int | str, ...]
    fps: float | None

    def __iter__(self) -> Iterator[tuple[Image.Image, ...]]:
        return zip(*self.sources, strict=True)

    def __len__(self) -> int:
        return len(self.labels)


@dataclasses.dataclass(frozen=True)
class ImageSequence:
    """Images of one camera by frame."""

    paths: dict[int | str, Path]
    fps = None

    def __iter__(self) -> Iterator[Image.Image]:
        return map(read_image, self.paths.values())

    def __len__(self) -> int:
        return len(self.paths)


@dataclasses.dataclass(frozen=True)
class Video:
    """The video of one camera. Iterating raises a ValueError if it ends before its `count` frames."""

    path: Path
    count: int
    fps: float

    def __iter__(self) -> Iterator[Image.Image]:
        finished = 0
        with _open_video(self.path) as reader:
            for frame in itertools.islice(reader, self.count):
                yield Image.fromarray(frame)
                finished += 1
        if finished < self.count:
            raise ValueError(f"{self.path} is broken: it should have {self.count} frames. Received: {finished}")

    def __len__(self) -> int:
        return self.count


def find_recording(folder: str | Path, names: Sequence[str]) -> Recording:
    """Finds the frames of each camera: images in a sub-folder of the camera's name, or a video of that name.

    Images of several cameras belong together if the last numbers in their names are the same; where these are not
    unique in a sub-folder, the whole names count. Frames are in the order of the numbers, or of the names.

    Args:
        folder: Where sub-folders and videos lie; others than the cameras' are ignored.
        names: The cameras.

    Raises:
        ValueError: If a camera has no frames, or lacks some that another one has. The message says which.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(f"`images` should be a folder with a sub-folder or video a camera. Received: images={folder}")
    sources = {name: _find_source(folder, name) for name in names}
    sequences = {name: list(source.paths) for name, source in sources.items() if isinstance(source, ImageSequence)}
    wanted = set().union(*sequences.values())
    lacking = {name: sorted(wanted - set(labels), key=str) for name, labels in sequences.items()}
    if any(lacking.values()):
        told = [f"`{name}` has no {_shortened(labels)}" for name, labels in lacking.items() if labels]
        raise ValueError(f"`images` should hold every frame of each camera. Received: {'; '.join(told)}")
    if len({len(source) for source in sources.values()}) > 1:
        told = [f"`{name}` has {len(source)}" for name, source in sources.items()]
        raise ValueError(f"`images` should hold as many frames of each camera. Received: {', '.join(told)}")
    labels = next(iter(sequences.values()), range(len(sources[names[0]])))
    fps = next((source.fps for source in sources.values() if source.fps), None)
    return Recording(tuple(sources), tuple(sources.values()), tuple(labels), fps)


def read_image(path: Path) -> Image.Image:
    """Reads an image as RGBA, turned as its camera was held.

    Raises:
        ValueError: If it can't be read; the message names the file.
    """
    try:
        with Image.open(path) as image:
            return ImageOps.exif_transpose(image).convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError(f"{path} can't be read as an image ({error})") from error


def find_images(folder: Path) -> list[Path]:
    """Lists the images in a folder, sorted by name."""
    return sorted(file for file in folder.iterdir() if file.suffix.lower() in IMAGE_SUFFIXES)


def _find_source(folder: Path, name: str) -> ImageSequence | Video:
    images = find_images(folder / name) if (folder / name).is_dir() else []
    files = (path for path in folder.iterdir() if path.is_file())
    videos = [path for path in files if path.stem == name and path.suffix.lower() in VIDEO_SUFFIXES]
    if bool(images) + len(videos) != 1:
        there = ", ".join(sorted(path.name for path in folder.iterdir())) or "nothing"
        raise ValueError(
            f"`images` should hold, for camera `{name}`, either a sub-folder {name}/ with PNG or JPEG, or a video "
            f"{name}.mp4. Received: {len(images)} images and {len(videos)} videos of it; the folder holds {there}"
        )
    return _video(videos[0]) if videos else ImageSequence(_by_frame(images))


def _by_frame(paths: list[Path]) -> dict[int | str, Path]:
    numbers = [re.findall(r"\d+", path.stem)[-1:] for path in paths]
    if all(numbers) and len({int(number) for (number,) in numbers}) == len(paths):
        labelled = {int(number): path for (number,), path in zip(numbers, paths, strict=True)}
    else:
        labelled = {path.stem: path for path in paths}
    if len(labelled) < len(paths):
        raise ValueError(f"Images of one camera should have different names. Received: {paths[0].parent}")
    return dict(sorted(labelled.items()))


def _video(path: Path) -> Video:
    try:
        with _open_video(path) as reader:
            return Video(path, reader.count_frames(), reader.get_meta_data()["fps"])
    except (OSError, RuntimeError, IndexError) as error:
        raise ValueError(f"{path} can't be read as a video ({str(error).strip()})") from error


def _open_video(path: Path):
    try:
        import imageio_ffmpeg  # noqa: F401
    except ImportError as error:
        raise ValueError(f"{path} can't be read without ffmpeg: pip install 'tfkeypoints[video]'") from error
    import imageio.v2 as imageio

    return imageio.get_reader(path, format="FFMPEG")


def _shortened(labels: list) -> str:
    """The first few labels, and how many more there are."""
    rest = f" and {len(labels) - 5} more" if len(labels) > 5 else ""
    return f"frame {', '.join(map(str, labels[:5]))}{rest}"
