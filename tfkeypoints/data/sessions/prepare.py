"""From a user's recordings to the examples of a data set, and what is to be known of them."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tfkeypoints.cameras import views
from tfkeypoints.data.recordings import Recording, find_recording
from tfkeypoints.data.sessions import selection
from tfkeypoints.data.sessions.crops import Crops, read_crops
from tfkeypoints.data.sessions.find import Session
from tfkeypoints.data.sessions.overview import spread, whole_rows
from tfkeypoints.data.sessions.rig import rigs, still
from tfkeypoints.data.sessions.scene import Scene
from tfkeypoints.data.sessions.windows import Windows, find_windows

if TYPE_CHECKING:
    from PIL import Image

AT_REST = ("median", "none")
"""What the scene at rest may be taken from, besides a folder of empty frames."""
HELD_OUT_PART = 8
"""There are at most so many times fewer frames to validate, and to test, than to train on."""


@dataclasses.dataclass(frozen=True)
class Prepared:
    """The examples of some recordings, in memory.

    Attributes:
        sessions: The recordings.
        windows, crops: Of each.
        shared: For each, whether its scene at rest is that of all recordings by the same cameras.
        splits: For each recording, split to places among its crops.
    """

    sessions: tuple[Session, ...]
    windows: tuple[Windows, ...]
    crops: tuple[Crops, ...]
    shared: tuple[bool, ...]
    splits: tuple[Mapping[str, np.ndarray], ...]

    def examples(self, split: str) -> Iterator[dict]:
        """The examples of a split, in the order of recordings and times."""
        for session, crops, places in zip(self.sessions, self.crops, self.splits, strict=True):
            for place in places.get(split, ()):
                yield _example(session, crops, place)

    def background(self) -> dict | None:
        """What the cameras see of the first recording at rest, through the windows of a frame half way; None if not."""
        session, crops = self.sessions[0], self.crops[0]
        if crops.backgrounds is None:
            return None
        half_way = len(crops.rows) // 2
        still = dict.fromkeys(("image", "background"), crops.backgrounds[half_way])
        return {**_example(session, crops, half_way), **still}

    def model_sizes(self) -> dict[str, float]:
        """What a `Keypoint3D` wants to know: `mean_depth`, `focal` (for which that holds) and `world_scale`."""
        ratio = float(np.mean([each.depth_per_focal for each in self.windows]))
        focal = float(np.mean([each.focal for each in self.windows]))
        sizes = {"mean_depth": ratio * focal, "focal": focal, "world_scale": ratio / 2}
        return {name: float(f"{size:.4g}") for name, size in sizes.items()}

    def windows_told(self) -> dict:
        """How windows were found, for JSON: what finds them in another recording, and fixed ones themselves."""
        session, windows = self.sessions[0], self.windows[0]
        calibration, fixed = session.calibration, windows.kind == "fixed"
        return {
            "kind": windows.kind,
            "side": None if fixed else windows.side,
            "boxes": windows.boxes[0].tolist() if fixed else None,
            "cameras": {
                "names": list(calibration.names),
                "intrinsics": calibration.intrinsics.tolist(),
                "extrinsics": views.about(calibration.extrinsics, -session.offset).tolist(),
            },
        }

    def described(self) -> list[dict]:
        """What was found in each recording, for JSON."""
        return [
            {
                "name": session.name,
                "cameras": list(session.calibration.names),
                "frames": len(session.recording),
                "frames_per_second": session.recording.fps,
                "world_offset": session.offset.tolist(),
                "scene_centre": (windows.centre + session.offset).tolist(),
                "window_side": windows.side,
                "splits": {split: crops.rows[places].tolist() for split, places in splits.items()},
                "scene_at_rest_shared": shared,
                "remarks": list(session.remarks),
            }
            for session, windows, crops, shared, splits in zip(
                self.sessions, self.windows, self.crops, self.shared, self.splits, strict=True
            )
        ]


def prepare(
    sessions: Sequence[Session],
    image_size: int,
    num_frames: int,
    window: str = "auto",
    window_side: float | None = None,
    at_rest: str = "median",
    scene_centre: Sequence[float] | None = None,
    **reading: Any,
) -> Prepared:
    """Looks at recordings, chooses windows and frames, and cuts them out: two passes over the frames.

    Args:
        sessions: The recordings.
        image_size: Side of the crops, in pixels.
        num_frames: Frames to train on, at most.
        window: "fixed", "follow" or "auto".
        window_side: World units that windows show which follow; None: what covers the thing that moves.
        at_rest: "median" of each recording, and of all by the same cameras where the scene did not change between
            them; a folder with a recording of the empty scene; or "none".
        scene_centre: `[3]`, in the camera file's world: about where to look for what moves. None: where optical axes
            meet.
        **reading: Arguments of `find_recording` for the empty scene: `pairs`, `bits`.

    Raises:
        ValueError: If nothing that moves is found, or there are too few frames.
    """
    empty = [_empty_scene(session, at_rest, reading) for session in sessions]
    together = _together(sessions) if at_rest in AT_REST else [None] * len(sessions)
    scenes = [
        Scene.of(
            session.recording,
            session.calibration,
            nothing,
            None if scene_centre is None else np.asarray(scene_centre) - session.offset,
            session.masks,
            rest,
        )
        for session, nothing, rest in zip(sessions, empty, together, strict=True)
    ]
    windows = find_windows(scenes, window, window_side)
    wanted = _chosen(scenes, num_frames)
    crops = [
        read_crops(
            scene.recording,
            scene.calibration,
            each.boxes,
            np.sort(np.concatenate(list(rows.values()))),
            image_size,
            None if at_rest == "none" else scene.at_rest,
            session.masks,
        )
        for session, scene, each, rows in zip(sessions, scenes, windows, wanted, strict=True)
    ]
    splits = [
        {split: np.flatnonzero(np.isin(found.rows, of_split)) for split, of_split in rows.items()}
        for found, rows in zip(crops, wanted, strict=True)
    ]
    shared = tuple(rest is not None and scene.at_rest is rest for scene, rest in zip(scenes, together, strict=True))
    return Prepared(tuple(sessions), tuple(windows), tuple(crops), shared, tuple(splits))


def _together(sessions: Sequence[Session]) -> "list[tuple[Image.Image, ...] | None]":
    """For each recording the scene at rest as all by the same cameras tell it; None where it is the only one."""
    found: list[tuple[Image.Image, ...] | None] = [None] * len(sessions)
    for places in rigs([session.calibration for session in sessions]):
        if len(places) > 1 and all(sessions[place].masks is None for place in places):
            seen = still([sessions[place].recording for place in places])
            for place in places:
                found[place] = seen
    return found


def _empty_scene(session: Session, at_rest: str, reading: Mapping[str, Any]) -> Recording | None:
    if at_rest in AT_REST:
        return None
    if not Path(at_rest).is_dir():
        raise ValueError(f"`at_rest` should be {', '.join(AT_REST)} or a folder of empty frames. Received: {at_rest}")
    empty = find_recording(at_rest, session.calibration.names, **reading)
    if (empty.sizes != session.calibration.sizes).any():
        raise ValueError(
            f"`at_rest` should have images of the recording's sizes, {session.calibration.sizes.tolist()}. "
            f"Received: {empty.sizes.tolist()}"
        )
    return empty


def _chosen(scenes: Sequence[Scene], num_frames: int) -> list[dict[str, np.ndarray]]:
    """For each scene, split to rows: frames that differ to train on, others evenly spread."""
    held_out = max(1, num_frames // HELD_OUT_PART)
    if len(scenes) >= selection.EPISODES:
        dealt = selection.split_episodes(len(scenes))
        blocks = [{split: (0, len(scene.recording))} for scene, split in zip(scenes, dealt, strict=True)]
    else:
        blocks = [_blocks(whole_rows(scene.recording)) for scene in scenes]
    candidates = [
        scene.rows[_within(scene.rows, ranges.get("train", (0, 0)))]
        for scene, ranges in zip(scenes, blocks, strict=True)
    ]
    looks = [scene.looks[np.isin(scene.rows, rows)] for scene, rows in zip(scenes, candidates, strict=True)]
    if not sum(map(len, candidates)):
        raise ValueError("`recording` should have frames to train on that all cameras have. Received: none")
    kept = selection.different(np.concatenate(looks), num_frames)
    ends = np.cumsum([len(rows) for rows in candidates])
    parts = np.split(kept, np.searchsorted(kept, ends[:-1]))
    chosen = []
    for scene, ranges, rows, part, end in zip(scenes, blocks, candidates, parts, ends, strict=True):
        whole = whole_rows(scene.recording)
        inside = {split: whole[_within(whole, block)] for split, block in ranges.items()}
        if empty := [split for split, each in inside.items() if not len(each)]:
            raise ValueError(
                f"`recording` should have frames of all cameras throughout. Received: none for {', '.join(empty)}"
            )
        chosen.append({split: each[spread(len(each), held_out)] for split, each in inside.items()})
        if "train" in ranges:
            chosen[-1]["train"] = rows[part - (end - len(rows))]
    return chosen


def _blocks(whole: np.ndarray) -> dict[str, tuple[int, int]]:
    """Split to its first row and the one behind its last, of the rows that all cameras have."""
    parts = selection.split_time(len(whole)).items()
    return {split: (int(whole[begin]), int(whole[end - 1]) + 1) for split, (begin, end) in parts}


def _within(rows: np.ndarray, ends: tuple[int, int]) -> np.ndarray:
    return (rows >= ends[0]) & (rows < ends[1])


def _example(session: Session, crops: Crops, place: int) -> dict[str, Any]:
    example = {
        "image": crops.images[place],
        "intrinsics": crops.intrinsics[place],
        "extrinsics": crops.extrinsics,
        "instance": session.name,
        "frame": int(crops.rows[place]),
    }
    return example if crops.backgrounds is None else {**example, "background": crops.background(place)}
