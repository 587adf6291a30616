"""World keypoints of a recording by several calibrated cameras, found chunk by chunk."""

import itertools
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import keras
from PIL import Image

from tfkeypoints.cameras import checks
from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.reading import read_calibration
from tfkeypoints.data.recordings import Missing, Recording, find_masks, find_recording
from tfkeypoints.data.recordings.sizes import fitted
from tfkeypoints.inference.chunks import Chunks, shared_size
from tfkeypoints.inference.drawing import Drawing
from tfkeypoints.inference.finding import check_workers, finding
from tfkeypoints.inference.found import finished
from tfkeypoints.inference.output import names_of, write_results
from tfkeypoints.inference.parts import Parts
from tfkeypoints.inference.plan import plan, with_windows
from tfkeypoints.inference.poses import layout_of
from tfkeypoints.inference.recording_finder import batches
from tfkeypoints.inference.recording_job import RecordingJob
from tfkeypoints.inference.results import alarms, disagreement, write_page
from tfkeypoints.inference.smoothing import check_smooth
from tfkeypoints.inference.steps import follow, shortened
from tfkeypoints.inference.tracker import BATCH_SIZE, Tracker
from tfkeypoints.inference.tracks import Tracks, joined
from tfkeypoints.inference.windows import windows_of
from tfkeypoints.interchange.writing import check
from tfkeypoints.visualization.files import write_animation
from tfkeypoints.visualization.video import has_video, join_videos

if TYPE_CHECKING:
    from tfkeypoints.training.run import Run


VIDEO = "keypoints.mp4"
LEAST = 8 * BATCH_SIZE
"""Frames of a chunk at the least: another one begins with frames that are read twice."""
IMAGE_FPS = 10
"""Frames a second of a video that is made of images."""
GIF_FRAMES = 200
"""Of a GIF, which is made in memory where no video can be written."""


def predict(
    run: "Run",
    out: Path,
    images: Path,
    cameras: Path,
    offset: Mapping[str, int] | None = None,
    bits: int | None = None,
    strict: bool = False,
    also: Sequence[str] = (),
    unit: str | None = None,
    fps: float | None = None,
    pair: Mapping[str, str] | None = None,
    smooth: float | None = None,
    workers: int | None = None,
    ray: str | None = None,
) -> None:
    """Finds the keypoints of synchronised frames of all cameras, draws and writes them.

    What is found is kept chunk by chunk; a prediction that was killed is resumed when it is asked for again. Of one
    that is whole, files are written anew, and further ones, without finding anything again.

    Args:
        run: A run, whose model fuses the views of calibrated cameras.
        out: Folder for `keypoints.npz`, `keypoints.csv`, `keypoints.mp4` and `scene.html`.
        images: Folder with a sub-folder of images, or a video, for each camera.
        cameras: File of the cameras.
        offset: How many of its frames a camera started later than the others.
        bits, strict: As in `find_recording`.
        also: Formats of `interchange` to write too.
        unit, fps: As in `layout_of`.
        pair: Camera to its sub-folder or video, where names differ.
        smooth: Cut-off frequency in Hz of a filter over time (`inference.smoothing`); None for points as found.
        workers, ray: As in `finding`.
    """
    check_workers(workers, ray)
    calibration = read_calibration(cameras)
    for alarm in checks.alarms(calibration):
        print(f"alarm: {alarm}", file=sys.stderr)
    recording = find_recording(images, calibration.names, offset, bits, strict, pair)
    recording, calibration, remarks = fitted(recording, calibration)
    for remark in (*recording.remarks, *remarks):
        print(remark, file=sys.stderr)
    layout = layout_of(recording, calibration, unit, fps)
    check(also, layout)
    check_smooth(smooth, layout)
    image_shape = run.config["images"]["shape"][1:]
    kind = run.config.get("windows")
    masks = find_masks(images, recording) if kind else None
    planned = plan(run.model_file, recording, calibration, image_shape, kind, masks)
    names = names_of(run.outputs, planned["model"])
    fps = fps or recording.fps or IMAGE_FPS
    drawing = Drawing(calibration, len(recording), fps)
    video = has_video()

    def write(found: Parts) -> None:
        shown = write_results(out, layout, found, names, planned, also, smooth)
        beside = (VIDEO, drawing.tiles) if (out / VIDEO).exists() else (None, None)
        if not write_page(out / "scene.html", recording.labels, shown, calibration, fps, *beside):
            print("no scene.html: no frame has an image of every camera", file=sys.stderr)

    whole = finished(out / "keypoints.npz", planned)
    if whole and ((out / VIDEO).exists() or not video):
        print(f"{out} holds this prediction: nothing is predicted again (remove it to do so)", file=sys.stderr)
        write([whole.tracks])
        return
    windows = windows_of(run.config, recording, calibration, masks)
    job = RecordingJob(run.folder.resolve(), recording, calibration, windows, fps, video)
    size = shared_size(len(recording), workers, max(LEAST, drawing.every))
    planned_chunks = with_windows(planned, windows)
    with Chunks(out.resolve() / "unfinished", planned_chunks, len(recording), size=size) as found:
        done = found.frames
        if done:
            print(f"resumed after {done} of {len(recording)} frames, kept in {found.folder}", file=sys.stderr)
        try:
            title = shortened([source.title for source in recording.sources])
            unread = follow(finding(job, found, workers, ray), len(recording), done, "frame", title)
        finally:
            if 0 < found.frames < len(recording):
                print(f"{found.frames} frames are kept: the same command goes on behind them", file=sys.stderr)
        for name, count in sorted(unread.items()):
            print(f"`{name}` has {count} frames that can't be read: NaN", file=sys.stderr)
        if video:
            join_videos(out / VIDEO, map(found.video, range(len(found))), drawing.fps)
        else:
            _write_gif(out / "keypoints.gif", recording, drawing, found)
        write(found)
        print(
            f"{len(recording)} frames, {found[0].keypoints.shape[1]} keypoints each: {out}\n"
            f"views disagree by {disagreement(found):.3g} in the camera file's unit"
        )
        for alarm in alarms(found, calibration):
            print(f"alarm: {alarm}", file=sys.stderr)
        found.remove()


def track(
    model: keras.Model,
    frames: Iterable[Sequence[Image.Image | Missing]],
    calibration: Calibration,
    image_shape: tuple[int, int, int],
) -> Tracks:
    """Finds the keypoints of each frame, as `Tracker` describes.

    Args:
        model: A trained `Keypoint3D`.
        frames: V images each, in the order of the cameras. Where one is missing, what its camera sees is NaN, and so
            are the frame's keypoints.
        calibration: The cameras.
        image_shape: H, W, C of the training data.

    Raises:
        ValueError: If there are more or fewer cameras than the model takes, or an image has another size than its
            camera.
    """
    tracker = Tracker(model, calibration, image_shape)
    prepared = (
        [each if isinstance(each, Missing) else tracker.prepare(view, each) for view, each in enumerate(images)]
        for images in frames
    )
    return joined([tracker.find(batch) for batch in batches(prepared)])


def _write_gif(path: Path, recording: Recording, drawing: Drawing, found: Chunks) -> None:
    """Draws the first frames once more, for a GIF, where no video could be written meanwhile."""
    pictures = list(itertools.islice(recording.read(drawing.prepare), GIF_FRAMES))
    tracks = joined([found[number] for number in range(-(-len(pictures) // found.size))])[: len(pictures)]
    write_animation(path, list(drawing.draw(0, pictures, tracks)), drawing.fps)
    print(f"{path} shows {len(pictures)} frames; all of them with pip install 'tfkeypoints[video]'", file=sys.stderr)
