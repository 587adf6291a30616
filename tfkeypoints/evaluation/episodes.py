"""Evaluation on moving scenes: which keypoints travel with what, how well the images are rebuilt, and alarms."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from tfkeypoints import data, files, visualization
from tfkeypoints.data.example import CAMERA_KEYS
from tfkeypoints.evaluation.collection import INPUTS, collect, load, load_evenly
from tfkeypoints.evaluation.tables import format_rows, format_table
from tfkeypoints.geometry import camera
from tfkeypoints.metrics import collapse, consistency, temporal, tracking
from tfkeypoints.metrics.landmarks import RidgeMap, landmark_error
from tfkeypoints.metrics.reconstruction import ReconstructionQuality
from tfkeypoints.training.run import Run

TRAINING_FRAMES = 2000
"""Training frames, evenly spaced, on which keypoints are chosen and the ridge map is fitted."""

TOLERANCE_METRES = 0.03
"""A keypoint follows a landmark to within this."""

TOLERANCE_SHARE = 0.05
"""Where the world unit is no metre: the same as a share of the diagonal of the box in which the landmarks move."""

MOSTLY = 0.7
"""Share of a view's keypoints that lie on what moves, from which most do."""

PICTURED_FRAMES = 100
"""At most so many frames of an episode are drawn."""

KEPT_FRAMES = 50
"""At most so many are kept beside a pretrained model."""


class Unit(NamedTuple):
    """Unit of the reported lengths."""

    suffix: str
    per_world_unit: float

    @classmethod
    def of(cls, world_unit: str) -> "Unit":
        """Centimetres for a world in metres, otherwise the world unit itself."""
        return cls("_cm", 100.0) if world_unit == "metre" else cls("", 1.0)


def evaluate(run: Run, models: Mapping[str, keras.Model], split: str, batch_size: int) -> dict:
    """Measures models on the run's data set, and draws the one called "trained" into the run's pictures.

    Returns:
        Model to what `measure` gives; and `alarms`, a list of sentences about the trained one.
    """
    report: dict[str, Any] = {}
    for name, model in models.items():
        report[name], results, quality = measure_split(model, run.config, split, batch_size)
        if name == "trained":
            report["alarms"] = alarms(results, quality)
    _draw(run, models["trained"], split)
    return report


def headline(report: Mapping) -> str:
    """The figures of a report that say most, in a few words."""
    trained = report["trained"]
    ends = {name.removeprefix("tracking_error"): value for name, value in trained.items() if "tracking_error" in name}
    ((suffix, error),) = ends.items()
    unit = f" {suffix[1:]}" if suffix else ""
    apart = trained[f"view_disagreement{suffix}"]
    return f"landmarks followed to {error:.2g}{unit}, cameras agree to {apart:.2g}{unit}"


def measure_split(
    model: keras.Model, config: Mapping, split: str, batch_size: int = 32
) -> tuple[dict, dict[str, np.ndarray], ReconstructionQuality]:
    """Measures a model on a split of the data set that a run's configuration names.

    Returns:
        What `measure` gives, and what it was made of: what `collect` gives, and the reconstructions' quality.
    """
    quality, examples = ReconstructionQuality(), load(config, split)
    held_out = collect(model, examples, batch_size, quality)
    seen = collect(model, load_evenly(config, "train", TRAINING_FRAMES), batch_size)
    metrics = measure(seen, held_out, examples.element_spec["image"].shape[1:3], _metadata(config), quality)
    return metrics, held_out, quality


def measure(
    seen: Mapping[str, np.ndarray],
    held_out: Mapping[str, np.ndarray],
    image_size: tuple[int, int],
    metadata: Mapping,
    quality: ReconstructionQuality | None = None,
) -> dict:
    """Computes every metric that the results allow.

    Positions are relative to the cameras' centre where the cameras ride along, see `metrics.temporal.ride`.

    Args:
        seen: From `collect`, on training frames.
        held_out: From `collect`, on the frames to be measured.
        image_size: Height and width in pixels.
        metadata: Of the data set: `world_unit`, `landmark_names`.
        quality: Of the reconstructions of `held_out`, or None.

    Returns:
        Metric to float, in the unit that its name ends with, otherwise world units, decibels, counts or shares; None
        where there is no such number, such as the motion ratio of what never moves. With landmarks also `landmarks`,
        the same metrics of each, and `roles`, the keypoints by what they do.
    """
    unit = Unit.of(metadata.get("world_unit", ""))
    metrics: dict[str, Any] = {}
    if "landmarks" in held_out:
        ridden_seen, ridden = _in_ridden_frame(seen, held_out)
        metrics |= _measure_landmarks(ridden_seen, ridden, metadata, unit)
    disagreement = consistency.view_disagreement(held_out["points_world"]).mean()
    metrics["view_disagreement" + unit.suffix] = _number(unit.per_world_unit * disagreement)
    if held_out["points_world"].shape[1] > 1:
        height, width = image_size
        points, uv, *cameras = (held_out[name] for name in ("points_world", "uv", "intrinsics", "extrinsics"))
        errors = consistency.reprojection_error(points, uv, cameras[0], cameras[1], width, height)
        metrics["reprojection_error_pixels"] = _number(errors.mean())
    if "moving" in held_out:
        hits = consistency.hits_by_view(held_out["uv"], held_out["moving"])
        metrics["points_on_what_moves"] = _number(hits.mean())
        metrics["views_mostly_on_what_moves"] = _number((hits >= MOSTLY).mean())
    if quality is not None:
        metrics |= {name: _number(value) for name, value in quality.summary().items()}
    return metrics


def alarms(results: Mapping[str, np.ndarray], quality: ReconstructionQuality) -> list[str]:
    """Raises the alarms of `metrics.collapse.alarms` on what `collect` gave."""
    names = ("keypoints", "points_world", "uv", "attention", "intrinsics", "extrinsics")
    answers = {name: results[name] for name in names}
    return collapse.alarms(**answers, reconstruction_error=quality.error, image_variance=quality.variance)


def describe(report: Mapping) -> str:
    """Lays out what `evaluate` returned, for the terminal."""
    models = {name: report[name] for name in ("trained", "untrained")}
    parts = [_landmark_table(models)] if "landmarks" in report["trained"] else []
    scalars = {
        name: {key: value for key, value in model.items() if key not in ("landmarks", "roles")}
        for name, model in models.items()
    }
    parts.append(format_table(scalars))
    parts.append("\n".join(["alarms:", *(f"  {alarm}" for alarm in report["alarms"] or ["none"])]))
    return "\n\n".join(parts)


def sample(config: Mapping, split: str, count: int) -> dict[str, np.ndarray]:
    """Takes `count` examples of a split of the data set that a run's configuration names, evenly spaced."""
    frames = list(load_evenly(config, split, count).as_numpy_iterator())
    return {name: np.stack([frame[name] for frame in frames]) for name in frames[0]}


def first_episode(examples: tf.data.Dataset) -> dict[str, np.ndarray]:
    """Takes the frames of the first episode, at most `PICTURED_FRAMES`: `[T, ...]` each."""
    frames: list[dict[str, np.ndarray]] = []
    for example in examples.take(PICTURED_FRAMES).as_numpy_iterator():
        if frames and example.get("instance") != frames[0].get("instance"):
            break
        frames.append(example)
    return {name: np.stack([frame[name] for frame in frames]) for name in frames[0]}


def _metadata(config: Mapping) -> Mapping:
    return data.dataset_info(config["data"], config["data_dir"]).metadata or {}


def _in_ridden_frame(*results: Mapping[str, np.ndarray]) -> list[dict]:
    """The results with keypoints and landmarks relative to the cameras' centre, where the cameras ride along."""
    centres = temporal.ride(np.concatenate([result["extrinsics"] for result in results]))
    parts = np.split(centres[:, None], np.cumsum([len(result["extrinsics"]) for result in results])[:-1])
    return [
        {**result, **{name: result[name] - centre for name in ("keypoints", "landmarks")}}
        for result, centre in zip(results, parts, strict=True)
    ]


def _measure_landmarks(seen: Mapping, held_out: Mapping, metadata: Mapping, unit: Unit) -> dict:
    keypoints, landmarks = held_out["keypoints"], held_out["landmarks"]
    episodes = held_out.get("instance", np.zeros(len(keypoints)))
    best = tracking.Tracking(seen["keypoints"], seen["landmarks"])
    errors = best.errors(keypoints, landmarks)
    ratios = tracking.motion_ratio(keypoints, landmarks, episodes)
    seen_episodes = seen.get("instance", ())
    several = len(set(seen_episodes)) > 1
    ridge = RidgeMap(seen["keypoints"][:, None], seen["landmarks"], seen_episodes if several else None)
    pairs = best.chosen, np.arange(len(best.chosen))
    lengths = {
        "tracking_error": errors[pairs],
        "ridge_error": landmark_error(ridge.predict(keypoints[:, None]), landmarks).mean((0, 1)),
        "predicting_the_mean": np.linalg.norm(landmarks - seen["landmarks"].mean(0), axis=-1).mean(0),
    }
    if "frame" in held_out:
        lengths["jitter"] = temporal.jitter(keypoints, episodes, held_out["frame"])[best.chosen]
        lengths["true_jitter"] = temporal.jitter(landmarks, episodes, held_out["frame"])
    columns = {name + unit.suffix: unit.per_world_unit * values for name, values in lengths.items()}
    columns["motion_ratio"] = ratios[pairs]

    names = metadata.get("landmark_names") or [str(number) for number in range(len(pairs[1]))]
    rows = {
        name: {"keypoint": int(keypoint), **{column: _number(values[row]) for column, values in columns.items()}}
        for row, (name, keypoint) in enumerate(zip(names, best.chosen, strict=True))
    }
    tolerance = _tolerance(seen["landmarks"], unit)
    follows = tracking.followers(errors, ratios, tolerance)
    played = tracking.roles(errors, ratios, keypoints, held_out["attention"], tolerance)
    roles = {role: np.flatnonzero(played == role).tolist() for role in tracking.ROLES}
    return {
        "landmarks": rows,
        "roles": roles,
        **{column: _mean([row[column] for row in rows.values()]) for column in columns},
        "moving_landmarks": int(np.isfinite(ratios).any(0).sum()),
        "followed_landmarks": int(follows.any(0).sum()),
        "followers_apart" + unit.suffix: _number(
            unit.per_world_unit * tracking.apart(keypoints[:, roles["following"]])
        ),
        **{f"{role}_keypoints": len(members) for role, members in roles.items()},
    }


def _tolerance(landmarks: np.ndarray, unit: Unit) -> float:
    if unit.suffix:
        return TOLERANCE_METRES
    return TOLERANCE_SHARE * float(np.linalg.norm(np.ptp(landmarks, axis=(0, 1))))


def _number(value: float) -> float | None:
    """A float that JSON knows."""
    return float(value) if np.isfinite(value) else None


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _landmark_table(models: Mapping[str, Mapping]) -> str:
    """A row a landmark, and their mean: the trained model's numbers, the floors, the untrained model's."""
    trained, untrained = models["trained"], models["untrained"]
    (tracking_error,) = (name for name in trained if name.startswith("tracking_error"))
    suffix = tracking_error.removeprefix("tracking_error")
    shown = [tracking_error, "motion_ratio", f"ridge_error{suffix}"]
    rows = {}
    for name in [*trained["landmarks"], "mean"]:
        ours, theirs = (model["landmarks"].get(name, model) for model in (trained, untrained))
        rows[name] = [
            str(ours.get("keypoint", "")),
            *(ours[column] for column in shown),
            ours[f"predicting_the_mean{suffix}"],
            *(theirs[column] for column in shown),
        ]
    titles = ["tracking", "motion", "ridge"]
    table = format_rows(["keypoint", *titles, "mean", *titles], rows, width=11, label_width=24, digits=3)
    groups = f"{'trained':>57s}{'floor':>22s}{'untrained':>22s}"
    meaning = (
        f"tracking: error of the keypoint that follows best, plus a constant{f' ({suffix[1:]})' if suffix else ''}; "
        "motion: its motion ratio, 1 is right;\nridge: error of a linear map of all keypoints; "
        "mean: error of predicting the training mean"
    )
    return f"{groups}\n{table}\n{meaning}"


def keep_unseen(config: Mapping, folder: Path) -> None:
    """Keeps an episode of the test split beside a pretrained model, in `episode.npz`: drawing it takes a simulator."""
    episode = first_episode(load(config, "test"))
    with files.whole(folder / "episode.npz") as partial:
        kept: dict[str, Any] = {name: episode[name][:KEPT_FRAMES] for name in episode}
        np.savez_compressed(partial, **kept)


def show(run: Run, model: keras.Model, folder: Path) -> list[Path]:
    """Draws a pretrained model's keypoints in the episode that is kept beside it, which it never saw.

    Returns:
        The pictures and pages, in `folder`.
    """
    with np.load(run.folder / "episode.npz") as kept:
        episode = dict(kept)
    return _draw_episode(folder, model, episode, _metadata(run.config), ".gif")


def _draw(run: Run, model: keras.Model, split: str) -> None:
    episode = first_episode(load(run.config, split))
    visualization.save_image(run.pictures / "training_curves.png", visualization.training_curves(run.history_file))
    _draw_episode(run.pictures, model, episode, _metadata(run.config), ".mp4")


def _draw_episode(folder: Path, model: keras.Model, episode: Mapping, metadata: Mapping, suffix: str) -> list[Path]:
    """Draws an episode as a panel, an animation, and a scene in 3D; returns the files."""
    inputs = [*CAMERA_KEYS, *(name for name in INPUTS if name in episode)]
    outputs = model.predict({name: episode[name] for name in inputs}, batch_size=8, verbose=0)
    cameras = episode["intrinsics"], episode["extrinsics"]
    landmarks = episode.get("landmarks")
    uv = camera.project(outputs["keypoints"][:, None], *cameras)[0].numpy()
    landmarks_uv = None if landmarks is None else camera.project(landmarks[:, None], *cameras)[0].numpy()
    middle = len(uv) // 2
    panel = visualization.keypoint_panel(
        episode["image"][middle], {name: values[middle] for name, values in outputs.items()}
    )
    written = [visualization.save_image(folder / "panel.png", panel)]
    fps = float(metadata.get("frames_per_second", 10))
    frames = visualization.episode_frames(episode["image"], uv, landmarks_uv)
    film = visualization.write_animation(folder / f"episode{suffix}", frames, fps)
    written.insert(0, film)
    video, tiles = None, None
    if film.suffix == ".mp4":
        _, views, height, width, _ = episode["image"].shape
        video, tiles = film.name, visualization.episode_tiles([[width, height]] * views)
    page = visualization.write_scene_page(
        folder / "scene.html",
        outputs["keypoints"],
        landmarks,
        *cameras,
        metadata.get("landmark_names"),
        metadata.get("world_unit", "world unit"),
        fps,
        video=video,
        tiles=tiles,
    )
    return [*written, page]
