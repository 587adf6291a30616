"""Tests of several recordings by the same cameras: their common scene at rest, and their common windows."""

import dataclasses

import numpy as np
import pytest
from PIL import Image

from tests.data.sessions import filmed
from tfkeypoints.data.sessions.find import find_sessions
from tfkeypoints.data.sessions.prepare import prepare
from tfkeypoints.data.sessions.rig import rigs, still

SIDE, COUNT = 48, 16
PLACES = np.array([[-0.4, 0.2, 0.4], [0.3, 0.3, 0.6], [0.25, -0.4, 0.3], [-0.2, -0.2, 0.8], [0, 0, 0.1]])
"""Where the ball lies in each recording but for a few frames, in which it is at the next of these places."""


def write(folder, brighter=()):
    """A recording for each place; those whose numbers are given are filmed in brighter light."""
    film = filmed.film(COUNT, 0)
    for number, place in enumerate(PLACES):
        centres = np.repeat([place, PLACES[number - 1]], [COUNT - 4, 4], axis=0)
        dataclasses.replace(film, centres=centres).write(folder / "all" / f"s{number}", folder / "cameras.json")
    for number in brighter:
        for path in (folder / "all" / f"s{number}").rglob("*.png"):
            Image.fromarray(np.uint8(np.minimum(np.asarray(Image.open(path)) + 30.0, 255))).save(path)
    return find_sessions(folder / "all", folder / "cameras.json")


@pytest.fixture(scope="module")
def sessions(tmp_path_factory):
    return write(tmp_path_factory.mktemp("rig"))


@pytest.fixture(scope="module")
def prepared(sessions):
    return prepare(sessions, SIDE, 20, window="fixed")


def test_together_they_show_the_scene_without_what_lies_still_in_each(sessions):
    """At no pixel is the ball for half of all frames, so it is the wall."""
    film = filmed.film(COUNT, 0)
    seen = still([session.recording for session in sessions])
    for view, image in enumerate(seen):
        np.testing.assert_array_equal(np.asarray(image), film.image(view, None))
    own = still([sessions[0].recording])
    assert np.abs(np.asarray(own[1]).astype(int) - film.image(1, None)).max() > 80


def test_what_lies_still_counts_as_moving_and_is_no_part_of_the_background(prepared):
    assert prepared.shared == (True,) * len(PLACES)
    for crops in prepared.crops:
        view = 1  # its lens is ideal
        apart = np.abs(crops.images[:, view].astype(int) - crops.backgrounds[:, view]).mean(-1)
        assert (apart > 40).any((1, 2)).all()


def test_fixed_windows_are_those_of_all_and_hold_the_ball_wherever_one_has_it(prepared):
    for windows in prepared.windows:
        np.testing.assert_array_equal(windows.boxes[0], prepared.windows[0].boxes[0])
    crops = prepared.crops[0]
    for place in PLACES:
        seen = np.einsum("vij,j->vi", crops.extrinsics[:, :3, :3], place) + crops.extrinsics[:, :3, 3]
        uvw = np.einsum("vij,vj->vi", crops.intrinsics[0], seen)
        radius = filmed.RADIUS * crops.intrinsics[0, :, 1, 1] / seen[:, 2]
        # a mask of small images ends within a pixel of theirs, a window is wider than what it holds by 0.15
        assert (np.abs(uvw[:, :2] / uvw[:, 2:]).max(-1) + radius < 1.05).all()


def test_a_recording_in_other_light_keeps_its_own_scene_at_rest(tmp_path):
    prepared = prepare(write(tmp_path, brighter=[1]), SIDE, 20)
    assert prepared.shared == (True, False, True, True, True)
    told = {each["name"]: each["scene_at_rest_shared"] for each in prepared.described()}
    assert told == {f"s{number}": number != 1 for number in range(len(PLACES))}


def test_cameras_that_stand_elsewhere_are_another_rig(sessions):
    cameras = sessions[0].calibration
    moved = dataclasses.replace(cameras, extrinsics=cameras.extrinsics + np.eye(4)[3] * 1e-6)
    assert rigs([cameras, moved, sessions[1].calibration, moved]) == [[0, 2], [1, 3]]
    assert rigs([]) == []
