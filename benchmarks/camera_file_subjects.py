"""The files that are mutated, and what a mutated one says, told from its numbers and not by the readers."""

import copy
import dataclasses
import json
import re
import shutil
import struct
from pathlib import Path

import camera_file_mutations as mutations
import h5py
import numpy as np
from camera_file_slots import NUMBER, Rig, Units, places, slots

from tests.cameras.files import rig
from tests.cameras.formats.test_qualisys import CROP
from tfkeypoints.calibration import read_calibration
from tfkeypoints.cameras.formats._colmap_binary import MODELS

FILES = Path(rig.__file__).parent
ROTATION, GAIN = 3e-3, 1e5  # a rotation's entries may be off by rounding; a unit of it moves a point by so many pixels
SAME = 1e-6  # pixels
SESSIONS = "sessions_json"
PLAIN = Units()
HDF5, USER_BLOCK = b"\x89HDF\r\n", 512


@dataclasses.dataclass(frozen=True)
class Subject:
    """A file, or a folder of files, that is read.

    Attributes:
        name: For the table.
        folder: Below tests/cameras/files.
        files: File names, and the kinds of numbers in each (`camera_file_slots.slots`); "" if none is followed.
        units: What the numbers are measured in.
        whole: Whether the folder is read, and not its one file.
        projected: The folder with `projected.json`.
    """

    name: str
    folder: str
    files: dict
    units: Units = PLAIN
    whole: bool = False
    projected: str | None = None


class Part:
    """A file of a subject, or the text inside of one."""

    def __init__(self, path, slots, embedded=False):
        self.path, self.embedded = path, embedded
        self.name = f"{path.name}, {SESSIONS}" if embedded else path.name
        self.whole = path.read_bytes()
        if embedded:
            with h5py.File(path, "r") as file:
                self.content = file[SESSIONS][0].decode()
        else:
            self.content = self.whole if path.suffix in (".bin", ".mat", ".slp") else self.whole.decode()
        readable = self.content.decode("latin-1") if path.suffix == ".slp" and not embedded else self.content
        self.known = places(readable, slots)
        self.has_no_checksums = not embedded and HDF5 in self.whole[: len(HDF5) + USER_BLOCK]

    def write(self, content):
        """Puts content in the place of the part's own."""
        if self.embedded:
            self.path.write_bytes(self.whole)
            with h5py.File(self.path, "r+") as file:
                del file[SESSIONS]
                text = (content.encode() if isinstance(content, str) else content).replace(b"\0", b"0")
                file.create_dataset(SESSIONS, data=np.array([text], object), dtype=h5py.string_dtype())
        else:
            self.path.write_bytes(content.encode(errors="surrogatepass") if isinstance(content, str) else content)


class Original:
    """A subject laid out in a folder of its own.

    Attributes:
        path: What is read.
        base: Its cameras, which give the pixels of the program that wrote it.
        points: `[N, 3]`, what to compare projections with.
    """

    def __init__(self, subject, folder):
        shutil.copytree(FILES / subject.folder, folder, dirs_exist_ok=True)
        self.path = folder if subject.whole else folder / next(iter(subject.files))
        found = read_calibration(self.path)
        candidates = [FILES / (subject.projected or subject.folder), (FILES / subject.folder).parent]
        record = next(each for each in candidates if (each / "projected.json").exists()) / "projected.json"
        record = json.loads(record.read_text())
        self.points = np.array(record["points_world"])
        np.testing.assert_allclose(found.project(self.points), [*record["pixels"].values()], atol=0.01)
        self.base = Rig.of(found)
        (folder / "projected.json").unlink(missing_ok=True)
        self.parts = []
        for name, kinds in subject.files.items():
            for embedded in (False, True) if name.endswith(".slp") else (False,):
                self.parts.append(Part(folder / name, slots(self.base, kinds, subject.units), embedded))

    def mutated(self, rng):
        """A part, what was done to it, and its new content."""
        part = self.parts[rng.integers(len(self.parts))]
        choices = mutations.BINARY if isinstance(part.content, bytes) else mutations.TEXTUAL
        choices = mutations.EMBEDDED if part.embedded else choices
        mutation = choices[rng.integers(len(choices))]
        return part, mutation.__name__, mutation(part.content, rng, part.known, part.path.suffix)

    def says(self, part, content):
        """The cameras that a part's new content means, the tolerance in pixels, and whether only numbers changed."""
        changed, numeric = (_changed_bytes if isinstance(part.content, bytes) else _changed_numbers)(part, content)
        if changed is None:
            return self.base, SAME, False
        want, tolerance = copy.deepcopy(self.base), SAME
        for slot, old, new in changed:
            if slot is not None and slot.apply is not None:
                with np.errstate(all="ignore"):
                    slot.apply(want, new)
            elif abs(new - old) <= ROTATION:
                tolerance = max(tolerance, GAIN * abs(new - old))
        return want, tolerance, numeric

    def has_switched_off(self, content):
        """Whether Qualisys' file says of a camera that it is not active."""
        return isinstance(content, str) and 'active="0"' in content

    def is_other_model(self, part, content):
        """Whether only numbers of models changed in COLMAP's binary file, or of cameras in its text."""
        if part.path.name == "cameras.txt" and isinstance(content, str):
            first = re.compile(r"^\d+ ", re.MULTILINE)
            return content != part.content and first.sub("", content) == first.sub("", part.content)
        if part.path.name != "cameras.bin" or len(content) != len(part.content):
            return False
        spans = []
        for index, (width, height) in enumerate(self.base.sizes):
            for number in range(len(MODELS)):
                at = part.content.find(struct.pack("<IiQQ", index + 1, number, width, height))
                spans += [range(at + 4, at + 8)] if at >= 0 else []
        return all(any(at in span for span in spans) for at in _differing(part.content, content))


def _changed_numbers(part, content):
    """(slot, old, new) of each number that changed, and whether nothing else did; None where their count changed."""
    text = content if isinstance(content, str) else content.decode(errors="replace")
    before = part.content if isinstance(part.content, str) else part.content.decode("latin-1")
    old, new = list(NUMBER.finditer(before)), list(NUMBER.finditer(text))
    if len(old) != len(new):
        return None, False
    known = {start: slot for start, _, slot in part.known}
    pairs = [(known.get(a.start()), float(a[0]), float(b[0])) for a, b in zip(old, new, strict=True) if a[0] != b[0]]
    return pairs, _skeleton(text) == _skeleton(before)


def _skeleton(text):
    return re.sub(r"\s+", "", NUMBER.sub("#", text))


def _changed_bytes(part, content):
    if len(content) != len(part.content):
        return None, False
    if part.path.suffix == ".slp":  # the text of its session stands in it as it is
        changed, numeric = _changed_numbers(part, content.decode("latin-1"))
        return (changed, numeric) if numeric else (None, False)
    differing, changed = set(_differing(part.content, content)), []
    for start, end, slot in part.known:
        if differing & set(range(start, end)):
            whole = isinstance(slot.value, int) and struct.pack("<Q", slot.value) == part.content[start:end]
            layout = "<Q" if whole else "<d"
            changed.append((slot, slot.value, struct.unpack(layout, content[start:end])[0]))
            differing -= set(range(start, end))
    return changed, not differing


def _differing(one, other):
    return np.flatnonzero(np.frombuffer(one, np.uint8) != np.frombuffer(other, np.uint8)).tolist()


def _one(name, folder, file, kinds, units=PLAIN, **more):
    return Subject(name, folder, {file: kinds}, units, **more)


INSIDE, VECTORS, MATRICES = "matrix lens size", "matrix lens size vector shift", "matrix lens size turn shift"
HALF, ONE, PARTS = Units((0.5, 0.5)), Units((1.0, 1.0)), Units(CROP, scale=64, length=1000)
COLMAP = {"cameras": INSIDE, "frames": "quaternion shift", "images": "", "rigs": ""}
SUBJECTS = [
    _one("tfkeypoints", "documented/native/cameras", "cameras.json", MATRICES),
    _one("anipose", "anipose", "calibration.toml", VECTORS),
    _one("anipose, fisheye", "anipose_fisheye", "calibration.toml", VECTORS),
    _one("caliscope", "caliscope", "camera_array.toml", VECTORS),
    _one("Pose2Sim", "pose2sim", "Calib_scene.toml", VECTORS),
    _one("OpenCV 4, YAML", "opencv4_nodes", "cameras.yml", VECTORS),
    _one("OpenCV 5, XML", "opencv5_nodes", "cameras.xml", VECTORS),
    _one("OpenCV 5, JSON", "opencv5_nodes", "cameras.json", VECTORS),
    Subject("OpenCV 5, folder", "opencv5_folder/cameras", {f"{n}.yml": MATRICES for n in rig.NAMES}, whole=True),
    Subject("OpenCV 4, fisheye", "opencv4_fisheye/cameras", {f"{n}.xml": MATRICES for n in rig.NAMES}, whole=True),
    Subject("EasyMocap", "documented/easymocap/cameras", {"intri.yml": INSIDE, "extri.yml": "shift"}, whole=True),
    Subject("JARVIS", "documented/jarvis/cameras", {f"{n}.yaml": MATRICES for n in rig.NAMES}, whole=True),
    Subject("COLMAP, text", "colmap/text", {f"{n}.txt": kinds for n, kinds in COLMAP.items()}, HALF, whole=True),
    Subject("COLMAP, binary", "colmap/binary", {f"{n}.bin": kinds for n, kinds in COLMAP.items()}, HALF, whole=True),
    _one("nerfstudio", "documented/transforms/cameras", "transforms.json", f"{INSIDE} flipped eye", HALF),
    _one("Kalibr", "documented/kalibr/cameras", "camchain.yaml", f"{INSIDE} step"),
    _one("multical", "multical_rational", "calibration.json", MATRICES),
    _one("multical, fisheye", "multical_fisheye", "calibration.json", MATRICES),
    _one("Qualisys", "documented/qualisys/cameras", "Calib.qca.txt", "matrix lens flipped eye field", PARTS),
    _one("Label3D", "documented/dannce/cameras", "session.mat", MATRICES, ONE),
    _one("Label3D, 7.3", "documented/dannce7.3/cameras", "session.mat", MATRICES, ONE),
    _one("sleap-io", "sleap", "session.slp", VECTORS, projected="opencv4_folder"),
]
