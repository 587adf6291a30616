"""Finding a user's captures: for each object its photos, their masks, and their cameras."""

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from tfkeypoints.cameras import checks
from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.reading import read_calibration
from tfkeypoints.data.captures.photo import Photo
from tfkeypoints.data.recordings import Recording
from tfkeypoints.data.recordings.image_sequence import ImageSequence
from tfkeypoints.data.recordings.images import SUFFIXES, image_size, used_bits
from tfkeypoints.data.recordings.sizes import fitted

CAMERAS = ("transforms.json", "cameras.json", "sparse/0", "sparse")
"""What may hold an object's cameras, in the order in which it is looked for."""
MASKS = "masks"
IMAGES = "images"
LEAST_PHOTOS = 2


@dataclasses.dataclass(frozen=True)
class Capture:
    """Photos of one object.

    Attributes:
        name: Of its folder.
        photos: V photos.
        calibration: Their cameras, of the same sizes, in the object's own frame and unit.
        cameras: What holds the cameras: its path from the object's folder.
        remarks: What was assumed, left out, or is suspicious.
    """

    name: str
    photos: tuple[Photo, ...]
    calibration: Calibration
    cameras: str
    remarks: tuple[str, ...]

    def chosen(self, rows: Sequence[int] | np.ndarray) -> "Capture":
        """The same with some of its photos."""
        return dataclasses.replace(
            self, photos=tuple(self.photos[row] for row in rows), calibration=some_cameras(self.calibration, rows)
        )


def some_cameras(calibration: Calibration, rows: Sequence[int] | np.ndarray) -> Calibration:
    """Some of the cameras of a rig."""
    rows = list(rows)
    return Calibration(
        names=tuple(calibration.names[row] for row in rows),
        sizes=calibration.sizes[rows],
        intrinsics=calibration.intrinsics[rows],
        extrinsics=calibration.extrinsics[rows],
        lenses=tuple(calibration.lenses[row] for row in rows),
    )


def listed(names: Sequence[str], most: int = 5) -> str:
    """The first few names, and how many more there are."""
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{rest}"


def find_captures(folder: str | Path) -> list[Path]:
    """Lists the folders of objects in a folder.

    Raises:
        ValueError: If it is no folder, holds none, or is itself that of an object.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise ValueError(f"`captures` should be a folder. Received: captures={folder}")
    found = [path for path in sorted(folder.iterdir()) if path.is_dir() and _is_object(path)]
    if not found:
        received = "which is that of one object" if _is_object(folder) else "which holds none"
        raise ValueError(
            "`captures` should be a folder of objects, a sub-folder each, with images/ and transforms.json, "
            f"cameras.json or sparse/. Received: captures={folder}, {received}"
        )
    return found


def cameras_of(folder: Path) -> list[Path]:
    """What holds cameras in the folder of an object, the first of which counts."""
    found = [folder / name for name in CAMERAS if _holds_cameras(folder / name)]
    return [path for path in found if not (path.name == "sparse" and folder / "sparse/0" in found)]


def read_capture(folder: Path) -> Capture:
    """Finds an object's photos and reads its cameras; what is left out is told in the remarks.

    A camera's photo is the one that its name says: a path from the object's folder or from images/, with or without a
    suffix; or the only photo of that name.

    Raises:
        ValueError: If there are no cameras, no two photos that have one, or sizes do not fit.
    """
    cameras = cameras_of(folder)
    if not cameras:
        raise ValueError(f"{folder} should hold transforms.json, cameras.json or sparse/. Received: none of them")
    calibration = read_calibration(cameras[0])
    source, *others = (path.relative_to(folder).as_posix() for path in cameras)
    remarks = [f"cameras are read from {source}, not from {other}" for other in others]
    images = _images(folder)
    places = _places(images, folder)
    chosen = {row: path for row, name in enumerate(calibration.names) if (path := _photo_of(name, places))}
    if len(set(chosen.values())) < len(chosen):
        paths = list(chosen.values())
        twice = next(path for path in paths if paths.count(path) > 1)
        raise ValueError(f"{cameras[0]} should name each photo once. Received: {twice.relative_to(folder)}, twice")
    lacking = [name for row, name in enumerate(calibration.names) if row not in chosen]
    if lacking:
        remarks.append(f"{len(lacking)} of {len(calibration.names)} cameras have no photo: {listed(lacking)}")
    inside = [path for path in images if (folder / IMAGES) in path.parents]
    without = [path for path in inside if path not in chosen.values()]
    if without:
        names = listed([path.name for path in without])
        remarks.append(f"{len(without)} of {len(inside)} photos have no camera, and are left out: {names}")
    if len(chosen) < LEAST_PHOTOS:
        there = listed([path.relative_to(folder).as_posix() for path in images], 3) or "none"
        raise ValueError(
            f"{folder} should hold {LEAST_PHOTOS} or more photos that {source} names. "
            f"Received: {len(chosen)}, of photos {there}, and cameras {listed(calibration.names, 3)}"
        )
    calibration = some_cameras(calibration, list(chosen))
    found = photos_of(list(chosen.values()), folder)
    sources = tuple(photo.source for photo in found)
    recording = Recording(calibration.names, sources, np.zeros((1, len(sources)), int), (0,), None)
    recording, calibration, told = fitted(recording, calibration)
    photos = tuple(
        Photo(name, source, photo.mask)  # type: ignore[arg-type]  # a sequence goes in, and so one comes out
        for name, source, photo in zip(calibration.names, recording.sources, found, strict=True)
    )
    alarms = [f"alarm: {alarm}" for alarm in checks.alarms(calibration)]
    return Capture(folder.name, photos, calibration, source, (*remarks, *_grouped([*told, *alarms])))


def photos_of(paths: Sequence[Path], folder: Path, bits: int | None = None) -> list[Photo]:
    """Finds the masks of photos in the folder of an object.

    Args:
        paths: Below the folder.
        folder: Where masks/ lies, if there are any.
        bits: Of 16-bit grey values, those that are used; None detects it.

    Raises:
        ValueError: If one can't be read.
    """
    masks, bits = _masks(folder), bits or used_bits(paths)
    return [Photo(path.name, _source(path, bits), _mask_of(path, folder, masks)) for path in paths]


def _is_object(folder: Path) -> bool:
    return not folder.name.startswith(".") and ((folder / IMAGES).is_dir() or bool(cameras_of(folder)))


def _holds_cameras(path: Path) -> bool:
    if path.suffix:
        return path.is_file()
    return any((path / f"cameras{suffix}").is_file() for suffix in (".bin", ".txt"))


def _images(folder: Path) -> list[Path]:
    """All images below the folder but for masks."""
    found = (path for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES and path.is_file())
    return [path for path in found if not path.name.startswith(".") and path.relative_to(folder).parts[0] != MASKS]


def _places(images: Iterable[Path], folder: Path) -> dict[str, list[Path]]:
    """The images that each name stands for: a path from the folder, a file's name, both with and without suffix."""
    places: dict[str, list[Path]] = {}
    for path in images:
        relative = path.relative_to(folder)
        for name in {relative.as_posix(), relative.with_suffix("").as_posix(), f"*/{path.name}", f"*/{path.stem}"}:
            places.setdefault(name, []).append(path)
    return places


def _photo_of(name: str, places: Mapping[str, list[Path]]) -> Path | None:
    """The image that a camera's name means; None if there is none, or several."""
    wanted = name.replace("\\", "/").removeprefix("./")
    for place in (wanted, f"{IMAGES}/{wanted}", f"*/{PurePosixPath(wanted).name}"):
        if len(found := places.get(place, [])) == 1:
            return found[0]
    return None


def _masks(folder: Path) -> dict[str, Path]:
    """The masks by their places below masks/, with and without their suffixes."""
    root = folder / MASKS
    files = sorted(path for path in root.rglob("*") if path.suffix.lower() in SUFFIXES) if root.is_dir() else []
    return {path.relative_to(root).with_suffix("").as_posix(): path for path in files}


def _mask_of(photo: Path, folder: Path, masks: Mapping[str, Path]) -> Path | None:
    """The mask that is named like a photo: `0001.png` or, as COLMAP has it, `0001.jpg.png` for `0001.jpg`."""
    root = folder / IMAGES if (folder / IMAGES) in photo.parents else folder
    relative = photo.relative_to(root)
    return masks.get(relative.with_suffix("").as_posix()) or masks.get(relative.as_posix())


def _source(path: Path, bits: int) -> ImageSequence:
    size, turned = image_size(path)
    return ImageSequence((path,), ((path.stem,),), None, size, bits, turned)


def _grouped(remarks: Iterable[str]) -> list[str]:
    """One sentence for those that say the same of several photos."""
    groups: dict[str, list[str]] = {}
    for remark in remarks:
        groups.setdefault(re.sub(r"`[^`]*`|-?\d+(\.\d+)?", "", remark), []).append(remark)
    return [
        group[0] if len(group) == 1 else f"{group[0]} (and {len(group) - 1} more of the kind)"
        for group in groups.values()
    ]
