"""Tests of what is found in a recording: the moving thing, windows about it, and crops whose cameras follow."""

import numpy as np
import pytest

from tests.data.sessions import filmed
from tfkeypoints.data.recordings import find_recording
from tfkeypoints.data.sessions.crops import read_crops
from tfkeypoints.data.sessions.find import find_sessions
from tfkeypoints.data.sessions.ideal import cut
from tfkeypoints.data.sessions.scene import Scene
from tfkeypoints.data.sessions.windows import find_windows

SIDE, COUNT = 48, 24


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """A ball that stays, one that walks as far as the cameras see, and one that stays in a world of millimetres."""
    made = {}
    for name, (walk, unit) in {"stays": (0, 1.0), "walks": (2.4, 1.0), "millimetres": (0, 1000.0)}.items():
        folder = tmp_path_factory.mktemp(name)
        film = filmed.film(COUNT, walk, unit)
        film.write(folder / "recording", folder / "cameras.json")
        film.write(folder / "empty", folder / "cameras.json", slice(2), ball=False)
        (session,) = find_sessions(folder / "recording", folder / "cameras.json")
        empty = find_recording(folder / "empty", filmed.NAMES)
        made[name] = film, session, Scene.of(session.recording, session.calibration, empty), empty
    return made


def shown(images, backgrounds):
    """The ball's centre in pixels (x, y) of the crop, the first one's centre at 0, 0.

    A pixel that it covers by the share a shows a C + (1 - a) B, with its color C before the background B.
    """
    apart = filmed.BALL - backgrounds.astype(float)
    share = ((images - backgrounds.astype(float)) * apart).sum(-1) / np.maximum((apart**2).sum(-1), 1)
    share = np.where(share > 0.15, share, 0)
    rows, columns = np.mgrid[: share.shape[-2], : share.shape[-1]]
    centre = np.stack([(share * columns).sum((-2, -1)), (share * rows).sum((-2, -1))], -1)
    return centre / share.sum((-2, -1))[..., None]


def projected(centres, intrinsics, extrinsics):
    """Independent of the library: world points `[N, 3]` in pixels of crops, `[N, V, 2]`."""
    seen = np.einsum("vij,nj->nvi", extrinsics[:, :3, :3].astype(float), centres) + extrinsics[:, :3, 3]
    uvw = np.einsum("nvij,nvj->nvi", intrinsics.astype(float), seen)
    return (uvw[..., :2] / uvw[..., 2:] + 1) / 2 * SIDE - 0.5


@pytest.mark.parametrize(("name", "kind"), [("stays", "fixed"), ("walks", "follow"), ("millimetres", "fixed")])
def test_windows_stand_where_it_stays_and_follow_where_it_walks_about(films, name, kind):
    film, _, scene, _ = films[name]
    (windows,) = find_windows([scene])
    assert windows.kind == kind
    # A hull of 48 voxels along its longest side; a path that is smoothed over three frames.
    np.testing.assert_allclose(windows.centre, film.centres.mean(0), atol=0.1 * film.unit)
    eyes = film.unit * filmed.EYES
    forward = film.calibration.extrinsics[:, 2, :3]
    depth = np.einsum("nvi,vi->nv", film.centres[:, None] - eyes, forward).mean()
    assert windows.depth_per_focal * windows.focal == pytest.approx(depth, rel=0.1)


@pytest.mark.parametrize("kind", ["fixed", "follow"])
@pytest.mark.parametrize("name", ["stays", "walks", "millimetres"])
def test_cameras_of_crops_see_the_ball_where_it_is_drawn(films, name, kind):
    film, session, scene, empty = films[name]
    (windows,) = find_windows([scene], kind)
    rows = np.arange(0, COUNT, 3)
    crops = read_crops(session.recording, session.calibration, windows.boxes, rows, SIDE, empty)
    assert crops.rows.tolist() == rows.tolist()
    assert crops.intrinsics.dtype == crops.extrinsics.dtype == np.float32
    found = shown(crops.images, crops.backgrounds)
    np.testing.assert_allclose(found, projected(film.centres[rows], crops.intrinsics, crops.extrinsics), atol=0.5)


@pytest.mark.parametrize("kind", ["fixed", "follow"])
def test_windows_are_square_and_hold_the_whole_ball(films, kind):
    film, session, scene, _ = films["walks"]
    (windows,) = find_windows([scene], kind)
    low, high = windows.boxes[..., :2], windows.boxes[..., 2:]
    sides = (high - low) * filmed.SIZES
    np.testing.assert_allclose(sides[..., 0], sides[..., 1], rtol=1e-9)
    crops = read_crops(session.recording, session.calibration, windows.boxes, np.arange(COUNT), SIDE, None)
    assert crops.backgrounds is None
    centres = projected(film.centres, crops.intrinsics, crops.extrinsics)
    depth = np.einsum("nvi,vi->nv", film.centres[:, None] - filmed.EYES, film.calibration.extrinsics[:, 2, :3])
    radius = filmed.RADIUS / depth * crops.intrinsics[..., 1, 1] * SIDE / 2
    inside = (centres > radius[..., None] - 1).all(-1) & (centres < SIDE - radius[..., None]).all(-1)
    assert inside.mean() > 0.95


def test_a_window_that_follows_keeps_the_ball_in_its_middle_and_as_large(films):
    film, session, scene, _ = films["walks"]
    (windows,) = find_windows([scene], "follow")
    crops = read_crops(session.recording, session.calibration, windows.boxes, np.arange(COUNT), SIDE, None)
    centres = projected(film.centres, crops.intrinsics, crops.extrinsics)
    assert np.abs(centres[3:-3] - (SIDE - 1) / 2).max() < SIDE / 6
    depth = np.einsum("nvi,vi->nv", film.centres[:, None] - filmed.EYES, film.calibration.extrinsics[:, 2, :3])
    size = crops.intrinsics[..., 1, 1] / depth
    assert size.max() / size.min() < 1.1
    (same,) = find_windows([scene], "follow", windows.side)
    np.testing.assert_allclose(same.boxes, windows.boxes)


def test_the_scene_at_rest_is_the_median_over_time(films):
    film, session, scene, _ = films["walks"]
    (windows,) = find_windows([scene], "follow")
    rows = np.array([5, 20])
    crops = read_crops(session.recording, session.calibration, windows.boxes, rows, SIDE, session.recording)
    view = 1  # its lens is ideal
    median = np.median([film.image(view, centre) for centre in film.centres], 0).astype(np.uint8)
    expected = [cut(median, windows.boxes[row, view], SIDE) for row in rows]
    np.testing.assert_array_equal(crops.backgrounds[:, view], expected)
    assert np.abs(crops.images[:, view].astype(int) - expected).max() > 80


def test_it_is_said_when_nothing_moves(tmp_path):
    film = filmed.film(4, 0)
    film.write(tmp_path / "recording", tmp_path / "cameras.json", ball=False)
    (session,) = find_sessions(tmp_path / "recording", tmp_path / "cameras.json")
    with pytest.raises(ValueError, match="something that moves"):
        Scene.of(session.recording, session.calibration)
