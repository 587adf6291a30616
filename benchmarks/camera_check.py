"""How often `tfkeypoints cameras check` is right: drawn recordings of rigs of many kinds, with and without a fault.

Each seed is a rig: 2 to 5 cameras of several sizes and lenses on an uneven ring, in metres or millimetres, now and then
far from the origin; and one to three bodies that turn and wander, with shadows, in noisy images whose light flickers.
Its images are written and looked at once; then each fault is put in, and what is said is compared with it.

    python benchmarks/camera_check.py --seeds 20
"""

import argparse
import collections
import dataclasses
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from scipy.spatial import ConvexHull
from scipy.spatial.transform import Rotation

from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.camera import Camera
from tfkeypoints.cameras.lens import Lens
from tfkeypoints.data.recordings import find_recording
from tfkeypoints.inspection.check import Check, judge
from tfkeypoints.inspection.faults import Rig
from tfkeypoints.inspection.outlines import Outlines, find_outlines
from tfkeypoints.inspection.tangents import placed

SIZES = ((320, 240), (240, 320), (360, 200), (256, 256))
LENSES = (
    Lens(),
    Lens("pinhole", (-0.3, 0.08, 0.002, -0.002)),
    Lens("pinhole", (-0.15, 0.02, 0.0, 0.001, 0.0)),
    Lens("fisheye", (0.05, -0.01, 0.0, 0.0)),
)
VIEWS = (2, 3, 3, 4, 5)
FRAMES, FPS = 60, 30


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20, help="number of rigs")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--verbose", action="store_true", help="tell what is said of each rig")
    options = parser.parse_args()
    counts, seconds = collections.defaultdict(collections.Counter), collections.defaultdict(list)
    for seed in range(options.first, options.first + options.seeds):
        rng = np.random.default_rng(seed)
        calibration = rig(rng)
        with tempfile.TemporaryDirectory() as folder:
            draw(Path(folder), rng, calibration)
            outlines = find_outlines(find_recording(folder, calibration.names))
        given = Rig(tuple(outlines), tuple(placed(calibration)))
        few = "2 cameras" if len(outlines) == 2 else "3 and more"
        for name, (broken, wanted) in faults(rng, given).items():
            before = time.process_time()
            found = judge(broken, calibration, FPS)
            seconds[len(outlines)].append(time.process_time() - before)
            said = verdict(found, wanted)
            counts[name, few][said] += 1
            if options.verbose:
                print(f"{seed}, {few}, {name}: {said}; put in {wanted}; {' '.join(found.alarms)}", flush=True)
    report(counts)
    for views, each in sorted(seconds.items()):
        print(f"{views} cameras: {np.mean(each):.1f} s, at most {np.max(each):.1f}")


def rig(rng) -> Calibration:
    """Cameras on an uneven ring that look about the middle; far off and of another unit now and then."""
    count, unit = VIEWS[rng.integers(len(VIEWS))], (1.0, 1000.0)[rng.integers(2)]
    about = (np.zeros(3), np.array([5e5, 5.4e6, 100.0]))[rng.integers(2)]
    start = rng.uniform(0, 2 * np.pi)
    spread = 2 * np.pi if count > 2 else 4 * np.pi / 3
    cameras = []
    for number in range(count):
        angle = start + spread * (number + rng.uniform(-0.25, 0.25)) / count
        height = rng.uniform(0.3, 2.2)
        away = rng.uniform(2.6, 3.6)
        eye = np.array([away * np.cos(angle), away * np.sin(angle), height])
        target = np.array([0, 0, 0.5]) + rng.normal(size=3) * 0.1
        width, height = SIZES[rng.integers(len(SIZES))]
        focal = max(width, height) * rng.uniform(0.8, 1.0)
        middle = np.array([width, height]) / 2 - 0.5 + rng.normal(size=2) * 5
        cameras.append(
            Camera(
                name=f"cam{number}",
                matrix=np.array([[focal, 0, middle[0]], [0, focal, middle[1]], [0, 0, 1]]),
                extrinsics=looking(unit * (eye + about), unit * (target + about), rng.normal() * 3),
                size=(width, height),
                lens=LENSES[rng.integers(len(LENSES))],
            )
        )
    return Calibration.from_cameras(cameras)


def looking(eye, target, roll) -> np.ndarray:
    """World to camera: z forward, x to the right, the world's z up, then rolled by degrees."""
    forward = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(forward, [0, 0, 1])
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(forward, right), forward])
    rotation = Rotation.from_euler("z", roll, degrees=True).as_matrix() @ rotation
    return np.concatenate([np.concatenate([rotation, -rotation @ eye[:, None]], 1), [[0, 0, 0, 1]]])


def draw(folder: Path, rng, calibration: Calibration) -> None:
    """Writes images of bodies that turn and wander, with their shadows, by a light that flickers, on a noisy ground."""
    unit, about = _unit(calibration), _about(calibration)
    bodies = np.stack([_body(rng) for _ in range(rng.integers(1, 4))])  # [B, T, P, 3]
    light = np.array([*rng.uniform(-0.6, 0.6, 2), -1.0])
    shadows = bodies - light * bodies[..., 2:] / light[2]
    shapes = np.concatenate([shadows, bodies])
    pixels = calibration.project((about + unit * shapes).reshape(-1, 3)).reshape(-1, *shapes.shape[:-1], 2)
    noise, flicker = rng.uniform(0.5, 3), rng.uniform(0, 0.02)
    tones = rng.integers(110, 230, len(bodies)).tolist()
    for name, size, eye, seen in zip(
        calibration.names, calibration.sizes.tolist(), _eyes(calibration), pixels, strict=True
    ):
        (folder / name).mkdir()
        ground = np.asarray(Image.fromarray(rng.integers(40, 110, (12, 16), np.uint8)).resize(size, Image.BICUBIC))
        phase = rng.uniform(0, 6)
        for moment in range(FRAMES):
            image = Image.fromarray(ground)
            pen = ImageDraw.Draw(image)
            for corners in seen[: len(bodies), moment]:
                pen.polygon(_hull(corners), fill=30)
            far = np.linalg.norm(bodies[:, moment].mean(1) - (eye - about) / unit, axis=-1)
            for number in np.argsort(-far):
                corners = seen[len(bodies) + number, moment]
                pen.polygon(_hull(corners), fill=tones[number])
                for x, y in corners:
                    pen.ellipse((x - 2, y - 2, x + 2, y + 2), fill=tones[number] - 60)
            bright = np.asarray(image, np.float32) * (1 + flicker * np.sin(phase + 2.1 * moment))
            bright += noise * rng.standard_normal(bright.shape, np.float32)
            image = Image.fromarray(np.clip(bright, 0, 255).astype(np.uint8))
            image.save(folder / name / f"{moment:04d}.png", compress_level=1)


def _eyes(calibration):
    return np.array([each.eye for each in placed(calibration)])


def _about(calibration):
    """The rig's place in the world: on the ground, below the middle."""
    far = np.linalg.norm(_eyes(calibration).mean(0)) / _unit(calibration) > 100
    return _unit(calibration) * np.array([5e5, 5.4e6, 100.0]) * far


def _unit(calibration):
    eyes = _eyes(calibration)
    return 1000.0 if np.linalg.norm(eyes - eyes[0], axis=-1).max() > 50 else 1.0


def _body(rng):
    """`[T, P, 3]`: corners of a body that turns and wanders."""
    corners = rng.normal(size=(20, 3)) * rng.uniform(0.08, 0.2, 3)
    time = np.linspace(0, 2 * np.pi, FRAMES)
    axis = rng.normal(size=3)
    turned = Rotation.from_rotvec(rng.uniform(0.5, 1.5) * time[:, None] * axis).as_matrix()
    phases, paces = rng.uniform(0, 2 * np.pi, 3), rng.integers(1, 4, 3)
    way = np.array([0.5, 0.5, 0.15]) * np.sin(paces * time[:, None] + phases) + [*rng.uniform(-0.3, 0.3, 2), 0.5]
    return corners @ np.swapaxes(turned, 1, 2) + way[:, None]


def _hull(corners):
    return [tuple(each) for each in corners[ConvexHull(corners).vertices]]


def faults(rng, given: Rig) -> dict:
    """By name: a rig with a fault, and the faults that should be named, as kind, cameras and value."""
    views = len(given.cameras)
    view = int(rng.integers(views))
    other = int((view + rng.integers(1, views)) % views)
    camera, seen = given.cameras[view], given.outlines[view]
    frames = int(rng.integers(3, 13))
    zoom = float(rng.uniform(1.06, 1.12)) ** rng.choice([-1, 1])
    axis = rng.normal(size=3) * [1, 1, 0.5]
    degrees = float(rng.uniform(3, 6))
    rotation = Rotation.from_rotvec(axis / np.linalg.norm(axis) * degrees, degrees=True).as_matrix()
    mirrored = dataclasses.replace(seen, points=seen.points * [-1, 1] + [seen.size[0] - 1, 0])
    late = given.replaced(outlines={view: later(seen, frames)})
    away = np.linalg.norm(camera.eye - np.mean([each.eye for each in given.cameras], 0))
    moved = camera.extrinsics.copy()
    moved[:3, 3] += camera.extrinsics[:3, :3] @ (0.12 * away * _unit_vector(rng))
    cases = {
        "nothing": (given, []),
        "late": (late, [("late", (view,), frames)]),
        "focal length": (given.replaced({view: camera.zoomed(zoom)}), [("zoomed", (view,), zoom)]),
        "turned": (given.replaced({view: camera.turned(rotation)}), [("turned", (view,), degrees)]),
        "mirrored": (given.replaced(outlines={view: mirrored}), [("flipped", (view,), 0)]),
        "moved by 12 %": (
            given.replaced({view: dataclasses.replace(camera, extrinsics=moved)}),
            [("moved", (view,), 0)],
        ),
        "late, and another's focal length": (
            late.replaced({other: given.cameras[other].zoomed(zoom)}),
            [("late", (view,), frames), ("zoomed", (other,), zoom)],
        ),
    }
    same = [each for each in range(views) if each != view and given.outlines[each].size == seen.size]
    if same:
        pair = tuple(sorted((view, same[0])))
        one, two = (given.outlines[each] for each in pair)
        swapped = given.replaced(outlines=dict(zip(pair, (two, one), strict=True)))
        cases["swapped"] = swapped, [("swapped", pair, 0)]
        shifted = swapped.replaced(outlines={pair[0]: later(two, frames)})
        cases["swapped, and late"] = shifted, [("swapped", pair, 0), ("late", (pair[0],), frames)]
    return cases


def later(seen: Outlines, frames: int) -> Outlines:
    """The same recording without its first frames."""
    kept = seen.frames >= frames
    return dataclasses.replace(seen, frames=seen.frames[kept] - frames, points=seen.points[kept], cut=seen.cut[kept])


def _unit_vector(rng):
    vector = rng.normal(size=3)
    return vector / np.linalg.norm(vector)


def verdict(found: Check, wanted) -> str:
    """What is said, against what is wrong."""
    if not wanted:
        return "a false alarm" if found.alarms else "right"
    if wanted[0][0] == "moved":
        return (
            "right"
            if any("no reason" in each for each in found.alarms)
            else "another fault"
            if found.alarms
            else "nothing"
        )
    two = len(found.given.cameras) == 2
    named = [(fault.kind, fault.views, fault.value) for fault in found.faults]
    hits = [any(_same(fault, each, two) for each in named) for fault in wanted]
    if all(hits):
        return "right" if len(named) == len(wanted) else "right, and more"
    return "a part of it" if any(hits) else "another fault" if found.alarms else "nothing"


def _same(wanted, named, two):
    (kind, views, value), (kind_named, views_named, value_named) = wanted, named
    if kind != kind_named:
        return False
    if kind == "late" and two:
        return value_named == (value if views == views_named else -value)
    nearness = {"swapped": 0, "flipped": 0, "late": 0, "zoomed": 0.025, "turned": 2}[kind]
    return (two and kind in ("zoomed", "turned")) or (views == views_named and abs(value - value_named) <= nearness)


def report(counts) -> None:
    """Prints a row for each fault."""
    said = ["right", "right, and more", "a part of it", "another fault", "nothing", "a false alarm"]
    print("| what was done to it | cameras | " + " | ".join(said) + " |")
    print("| --- " * (len(said) + 2) + "|")
    for (name, few), each in sorted(counts.items(), key=lambda item: item[0][1], reverse=True):
        print(f"| {name} | {few} | " + " | ".join(str(each[word]) for word in said) + " |")


if __name__ == "__main__":
    main()
