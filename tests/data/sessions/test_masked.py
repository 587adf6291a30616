"""A user's masks say what matters: windows, backgrounds and what counts as moving follow them, and nothing else."""

import dataclasses

import numpy as np
import pytest
from PIL import Image

from tests.data.sessions import filmed
from tfkeypoints.data.sessions.find import find_sessions
from tfkeypoints.data.sessions.ideal import cut
from tfkeypoints.data.sessions.overview import median
from tfkeypoints.data.sessions.prepare import prepare
from tfkeypoints.inference.windows import windows_of

COUNT, SIDE = 20, 32
STILL = 14
"""Of so many frames, the ball lies where it lies."""
AWAY = np.array([0.7, -0.7, 0.3])


@pytest.fixture(scope="module")
def film():
    """A ball that lies still, and at last moves a little; beside it goes another, larger one round and round."""
    one = filmed.film(COUNT, 0)
    place = np.repeat(one.centres[:1], COUNT, 0)
    place[STILL:] += np.linspace(0.1, 0.9, COUNT - STILL)[:, None] * [0, 0, 1.0]
    return dataclasses.replace(one, centres=place)


def passing(film, view, number):
    """Where another thing is seen, which moves in each frame: uint8."""
    turn = 2 * np.pi * number / 7
    return film.mask(view, AWAY + [0.2 * np.cos(turn), 0.2 * np.sin(turn), 0.5])


def shown(film, view, number):
    """The ball, and the other thing before it."""
    image = film.image(view, film.centres[number])
    other = passing(film, view, number)[..., None] / 255
    return np.uint8(np.rint(other * [30, 200, 30] + (1 - other) * image))


@pytest.fixture(scope="module")
def folder(film, tmp_path_factory):
    folder = tmp_path_factory.mktemp("masked")
    film.write(folder / "recording", folder / "cameras.json")
    for view, name in enumerate(filmed.NAMES):
        (folder / "recording" / "masks" / name).mkdir(parents=True)
        for number, centre in enumerate(film.centres):
            path = folder / "recording" / name / f"{number:03d}.png"
            Image.fromarray(shown(film, view, number)).save(path)
            Image.fromarray(film.mask(view, centre)).save(folder / "recording" / "masks" / name / path.name)
    return folder


def prepared(folder, **options):
    return prepare(find_sessions(folder / "recording", folder / "cameras.json"), SIDE, COUNT, "fixed", **options)


def test_windows_are_about_what_the_masks_show(film, folder):
    (windows,) = prepared(folder).windows
    np.testing.assert_allclose(windows.centre, film.centres.mean(0), atol=0.1)  # a hull of voxels, smoothed
    seen = film.calibration.extrinsics[:, :3, :3] @ film.centres[0] + film.calibration.extrinsics[:, :3, 3]
    uv = np.einsum("vij,vj->vi", film.calibration.intrinsics, seen / seen[:, 2:])[:, :2]
    assert ((uv > windows.boxes[0, :, :2]) & (uv < windows.boxes[0, :, 2:])).all()
    # A ball of a diameter of 0.5 m that rises by 0.9 m, and the margin: less than what moves beside it would make it.
    assert windows.side < 1.15 * 1.4 + 0.2


def test_only_what_the_masks_show_differs_from_the_background(film, folder):
    found = prepared(folder)
    (crops,) = found.crops
    view = 1  # its lens is ideal
    for place in (0, -1):
        (example,) = (e for split in found.splits[0] for e in found.examples(split) if e["frame"] == crops.rows[place])
        differs = np.abs(example["image"][view].astype(int) - example["background"][view]).max(-1) > 20
        inside = crops.masks[place, view] > 127
        assert inside.sum() > 30
        assert differs[inside].mean() > 0.9
        assert not differs[crops.masks[place, view] == 0].any()


def test_the_scene_at_rest_is_seen_where_the_subject_lies_still_for_most_of_the_time(film, folder):
    found, view = prepared(folder), 1  # its lens is ideal
    (crops,), (windows,) = found.crops, found.windows
    passed = np.max([passing(film, view, number) for number in range(COUNT)], 0)
    lies = (crops.masks[0, view] > 250) & (cut(passed, windows.boxes[0, view], SIDE) == 0)
    assert lies.sum() > 20
    wall = cut(film.image(view, None), windows.boxes[0, view], SIDE)
    apart = np.abs(found.background()["image"][view].astype(int) - wall)[lies]
    assert apart.max() <= 2  # rounding, of the median and of its window
    (session,) = find_sessions(folder / "recording", folder / "cameras.json")
    without = prepare([dataclasses.replace(session, masks=None)], SIDE, COUNT, "fixed")
    lies = cut(film.mask(view, film.centres[0]), without.windows[0].boxes[0, view], SIDE) > 250
    assert np.abs(without.background()["image"][view].astype(int) - filmed.BALL)[lies].max() <= 1


def test_a_prediction_looks_where_the_masks_of_its_recording_say(film, folder):
    (session,) = find_sessions(folder / "recording", folder / "cameras.json")
    trained = prepared(folder)
    config = {"windows": trained.windows_told()}
    boxes = windows_of(config, session.recording, session.calibration, session.masks)
    np.testing.assert_allclose(boxes, trained.windows[0].boxes)
    assert np.abs(windows_of(config, session.recording, session.calibration) - boxes).max() > 0.05


def test_images_with_alpha_are_cut_to_what_is_not_transparent(film, tmp_path):
    film.write(tmp_path / "recording", tmp_path / "cameras.json")
    for view, name in enumerate(filmed.NAMES):
        for number, centre in enumerate(film.centres):
            image = Image.fromarray(shown(film, view, number))
            image.putalpha(Image.fromarray(film.mask(view, centre)))
            image.save(tmp_path / "recording" / name / f"{number:03d}.png")
    found = prepared(tmp_path)
    assert "not transparent" in found.described()[0]["remarks"][-1]
    np.testing.assert_allclose(found.windows[0].centre, film.centres.mean(0), atol=0.1)
    for example in found.examples("train"):
        assert example["background"].max() <= 65  # a (1 - a) of the ball's color, where its border is seen
    assert found.background()["image"].max() == 0


def test_a_median_counts_only_frames_in_which_a_place_is_free(rng):
    images = rng.integers(0, 256, (7, 4, 5, 3), np.uint8)
    masks = np.where(rng.random((7, 4, 5)) < 0.4, np.uint8(255), np.uint8(0))
    masks[:, 0, 0] = 255
    found = median(images, masks)
    for row, column in np.ndindex(4, 5):
        free = images[masks[:, row, column] == 0, row, column]
        expected = np.median(free if len(free) else images[:, row, column], 0).astype(np.uint8)
        np.testing.assert_array_equal(found[row, column], expected)
