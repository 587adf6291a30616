"""What the benchmark of generalisation measures, by what is varied: KeypointNet, Keypoint3D, and the check of cameras.

A method of theirs takes the amount and returns a list of dicts, one for each draw.
"""

import dataclasses
import functools
import itertools

import disturbed
import lens_recordings
import numpy as np
from PIL import Image

from tfkeypoints import evaluation, files
from tfkeypoints.data.recordings import find_recording
from tfkeypoints.evaluation import episodes
from tfkeypoints.evaluation.collection import load_evenly
from tfkeypoints.geometry.poses import cameras_at, even_azimuths, on_circle
from tfkeypoints.inspection.check import judge, overall
from tfkeypoints.inspection.faults import Rig
from tfkeypoints.inspection.outlines import find_outlines
from tfkeypoints.inspection.tangents import placed
from tfkeypoints.metrics import pose
from tfkeypoints.metrics.landmarks import RidgeMap, landmark_error
from tfkeypoints.metrics.tracking import Tracking
from tfkeypoints.rendering import views
from tfkeypoints.rendering.examples import Job, shape_examples
from tfkeypoints.rendering.render import Renderer
from tfkeypoints.rendering.scenes import cameras as arm_cameras
from tfkeypoints.rendering.scenes.episodes import frame_mesh, table_images
from tfkeypoints.training.run import Run

SIZE, SOURCE_SIZE = 64, 160
"""Side in pixels of the images, and of those that a lens' images are taken from."""
CHAIRS, PAIRS, DISTANCE = 100, 4, 30.0
"""Objects, pairs of views of each, and the cameras' distance, as in the test split that `chairs_64` was measured on."""
EPISODES, FRAMES = 10, 25
CAMERAS = 3
"""That the arm is trained with."""
DRAWS = 10
"""Of errors of the calibration."""
BATCH = 50
CHECK_SIZE, CHECK_FRAMES = 480, 60
"""Of the recording that cameras are checked against."""


class Chairs:
    """Angular errors of `chairs_64` on pairs of views of chairs that it never saw."""

    @functools.cached_property
    def run(self):
        return Run.open("chairs_64")

    @functools.cached_property
    def model(self):
        return self.run.load_model()

    @functools.cached_property
    def of_one_depth(self):
        """The model with the same usual depth for all focal lengths."""
        model = self.run.load_model()
        model.focal = None
        return model

    @functools.cached_property
    def usual(self):
        return chairs(SIZE)

    @functools.cached_property
    def wide(self):
        _, field_of_view = disturbed.farther(DISTANCE, views.FIELD_OF_VIEW, 1 / disturbed.WIDE)
        return chairs(SOURCE_SIZE, field_of_view=field_of_view)

    def focal(self, factor):
        return self.errors(self.farther(factor))

    def one_depth(self, factor):
        return self.errors(self.farther(factor), self.of_one_depth)

    def farther(self, factor):
        distance, field_of_view = disturbed.farther(DISTANCE, views.FIELD_OF_VIEW, factor)
        return chairs(SIZE, distance=distance, field_of_view=field_of_view)

    def lens(self, percent):
        images = lens_images(self.wide["image"], percent)
        return self.errors({"image": images, **{name: self.usual[name] for name in ("intrinsics", "extrinsics")}})

    def hidden(self, percent):
        images, rng = self.usual["image"], np.random.default_rng(0)
        seen = [[disturbed.hidden(view, view[..., 3], None, percent / 100, rng) for view in pair] for pair in images]
        return self.errors({**self.usual, "image": np.array(seen)})

    def focal_noise(self, percent):
        rng = np.random.default_rng(0)
        return self.errors({**self.usual, "intrinsics": disturbed.zoomed(self.usual["intrinsics"], percent, rng)})

    def errors(self, examples, model=None):
        points = detected(self.run, model or self.model, examples)["points_camera"]
        return [pose.summary(pose.angular_error(points, examples["extrinsics"]))]


def chairs(size, **cameras):
    """The test split that `chairs_64` was measured on, through other cameras: `[N, ...]` each."""
    jobs = (Job(f"chairs/test/{number:05d}", "chairs", PAIRS, seed=0) for number in range(CHAIRS))
    examples = [example for job in jobs for example in shape_examples(job, size, num_views=2, shift=0.1, **cameras)]
    return {name: np.stack([each[name] for each in examples]) for name in ("image", "intrinsics", "extrinsics")}


class Miscalibrated:
    """What is told, in several draws, of cameras that are not as the trained ones are; once where they are."""

    def focal_noise(self, percent):
        return self.drawn(percent, lambda k, poses, rng: (disturbed.zoomed(k, percent, rng), poses))

    def turned(self, degrees):
        return self.drawn(degrees, lambda k, poses, rng: (k, disturbed.turned(poses, degrees, rng)))

    def drawn(self, amount, disturb):
        seeds = range(DRAWS if amount else 1)
        return [each for seed in seeds for each in self.told(*disturb(*ring(CAMERAS), np.random.default_rng(seed)))]


class Arm(Miscalibrated):
    """Errors in centimetres of the landmarks of a Keypoint3D, in test episodes of `moving_shapes`."""

    def __init__(self, run):
        self.run = Run.open(run)

    @functools.cached_property
    def model(self):
        return self.run.load_model()

    @functools.cached_property
    def seen(self):
        return evaluation.collect(self.model, load_evenly(self.run.config, "train", episodes.TRAINING_FRAMES))

    @functools.cached_property
    def usual(self):
        return arm(*ring(CAMERAS), SIZE)

    @functools.cached_property
    def wide(self):
        _, field_of_view = disturbed.farther(arm_cameras.DISTANCE, arm_cameras.FIELD_OF_VIEW, 1 / disturbed.WIDE)
        return arm(*ring(CAMERAS, field_of_view=field_of_view), SOURCE_SIZE)

    @functools.cached_property
    def many(self):
        return arm(*ring(2 * CAMERAS), SIZE)

    def focal(self, factor):
        away = disturbed.farther(arm_cameras.DISTANCE, arm_cameras.FIELD_OF_VIEW, factor)
        return self.errors(arm(*ring(CAMERAS, *away), SIZE))

    def lens(self, percent):
        return self.errors({**self.usual, "image": lens_images(self.wide["image"], percent)})

    def hidden(self, percent):
        rng = np.random.default_rng(0)
        colors = table_images(*ring(CAMERAS), SIZE).mean((1, 2))
        frames = zip(self.usual["image"], self.usual["mask"], strict=True)
        seen = [
            [disturbed.hidden(*view, percent / 100, rng) for view in zip(*frame, colors, strict=True)]
            for frame in frames
        ]
        return self.errors({**self.usual, "image": np.array(seen)})

    def told(self, intrinsics, extrinsics):
        cameras = {"intrinsics": intrinsics, "extrinsics": extrinsics}
        frames = {name: np.repeat(each[None], len(self.usual["image"]), 0) for name, each in cameras.items()}
        return self.errors({**self.usual, **frames})

    def cameras(self, count):
        return [error for chosen in choices(count) for error in self.errors(only(self.many, chosen))]

    def errors(self, examples):
        keypoints = detected(self.run, self.model, examples)["keypoints"]
        return [landmark_errors(self.seen, keypoints, examples["landmarks"])]


def landmark_errors(seen, keypoints, landmarks):
    """In centimetres: tracking and ridge error, as `tfkeypoints evaluate` measures them."""
    tracking = Tracking(seen["keypoints"], seen["landmarks"])
    ridge = RidgeMap(seen["keypoints"][:, None], seen["landmarks"], seen["instance"])
    tracked = tracking.errors(keypoints, landmarks)[tracking.chosen, np.arange(landmarks.shape[1])]
    mapped = landmark_error(ridge.predict(keypoints[:, None]), landmarks)
    return {"tracking": float(100 * tracked.mean()), "ridge": float(100 * mapped.mean())}


def ring(count, distance=arm_cameras.DISTANCE, field_of_view=arm_cameras.FIELD_OF_VIEW):
    """Cameras about the table as those of `moving_shapes` stand: `[V, 3, 3]` and `[V, 4, 4]`, float32."""
    elevation = arm_cameras.ELEVATION
    directions = on_circle(even_azimuths(count), np.cos(elevation), np.sin(elevation))
    return cameras_at(arm_cameras.TARGET + distance * directions, arm_cameras.TARGET, field_of_view)


def choices(count):
    """Which of a ring of twice as many cameras as were trained with: some of those, or all and some between them."""
    trained, others = range(0, 2 * CAMERAS, 2), range(1, 2 * CAMERAS, 2)
    if count <= CAMERAS:
        return list(itertools.combinations(trained, count))
    return [tuple(sorted((*trained, *more))) for more in itertools.combinations(others, count - CAMERAS)]


def only(examples, chosen):
    """Examples with some of their views."""
    of_views = ("image", "mask", "intrinsics", "extrinsics")
    return {name: each[:, list(chosen)] if name in of_views else each for name, each in examples.items()}


def arm(intrinsics, extrinsics, size):
    """The frames of the test episodes through other cameras.

    Returns:
        image uint8 `[N, V, S, S, 3]`, mask `[N, V, S, S]` (alpha of arm, box and ball), intrinsics, extrinsics and
        landmarks, `[N, ...]` each.
    """
    behind, found = table_images(intrinsics, extrinsics, size), []
    for number in range(EPISODES):
        motion = lens_recordings.episode("test", number, FRAMES)
        for time in range(FRAMES):
            renderer = Renderer(frame_mesh(motion, time))
            things = np.stack(
                [renderer.render(*camera, size, size) for camera in zip(intrinsics, extrinsics, strict=True)]
            )
            image = np.rint(lens_recordings.over(things, behind)).astype(np.uint8)
            frame = (image, things[..., 3], intrinsics, extrinsics, motion.landmarks(time))
            found.append(dict(zip(("image", "mask", "intrinsics", "extrinsics", "landmarks"), frame, strict=True)))
    return {name: np.stack([frame[name] for frame in found]) for name in found[0]}


def lens_images(sources, percent):
    """Images `[N, V, S, S, C]` as a lens shows them; see `disturbed.through_lens`."""
    return np.array([[disturbed.through_lens(view, percent, SIZE) for view in frame] for frame in sources])


def detected(run, model, examples):
    """What a model finds in examples, some at a time; the outputs that errors are made of."""
    inputs = {name: examples[name] for name in ("image", "intrinsics", "extrinsics")}
    found = []
    for first in range(0, len(inputs["image"]), BATCH):
        batch = {name: each[first : first + BATCH] for name, each in inputs.items()}
        outputs = run.recipe.detect(model, batch)
        found.append({name: outputs[name].numpy() for name in ("keypoints", "points_camera") if name in outputs})
    return {name: np.concatenate([each[name] for each in found]) for name in found[0]}


class Check(Miscalibrated):
    """What is said of cameras that are not as they are said to be, against a recording of an episode."""

    def __init__(self, folder):
        self.folder = folder

    @functools.cached_property
    def calibration(self):
        return lens_recordings.cameras(size=CHECK_SIZE)

    @functools.cached_property
    def outlines(self):
        if not self.folder.exists():
            record(self.folder)
        return tuple(find_outlines(find_recording(self.folder, self.calibration.names)))

    def told(self, intrinsics, extrinsics):
        wrong = dataclasses.replace(self.calibration, intrinsics=intrinsics, extrinsics=extrinsics)
        check = judge(Rig(self.outlines, tuple(placed(wrong))), wrong, lens_recordings.FPS)
        return [{"pixels": float(overall(check.given)), "alarm": float(bool(check.alarms))}]


def record(folder):
    """Writes an episode as images of three cameras."""
    intrinsics, extrinsics = ring(CAMERAS)
    behind = table_images(intrinsics, extrinsics, CHECK_SIZE)
    motion = lens_recordings.episode("test", 0, CHECK_FRAMES)
    with files.whole(folder) as partial:
        for time in range(CHECK_FRAMES):
            renderer = Renderer(frame_mesh(motion, time))
            for view, camera in enumerate(lens_recordings.NAMES):
                place = partial / camera
                place.mkdir(parents=True, exist_ok=True)
                rgba = renderer.render(intrinsics[view], extrinsics[view], CHECK_SIZE, CHECK_SIZE, samples=1)
                image = np.rint(lens_recordings.over(rgba, behind[view])).astype(np.uint8)
                Image.fromarray(image).save(place / f"frame_{time:04d}.png", compress_level=1)
