"""Named points of tracks, and the files and digests that go with them."""

import csv
import dataclasses

import numpy as np
import pytest

from tests import reference
from tfkeypoints.cameras.lens import Lens
from tfkeypoints.inference.found import read_found
from tfkeypoints.inference.named import named_tracks, write_named
from tfkeypoints.inference.output import names_of
from tfkeypoints.inference.results import write_npz
from tfkeypoints.labels.judging import Verdict
from tfkeypoints.labels.names import FILE, Names, read_names, write_names

LENSES = (Lens("pinhole", (-0.2, 0.01, 0.001, 0.0)), Lens("fisheye", (0.02, 0.0, 0.0, 0.0)))


def verdict(weights, error, spread=1.0):
    return Verdict(np.array(weights), 9, error, spread, spread, {5: 2 * error, 9: error}, None)


@pytest.fixture
def names():
    return Names(
        "digest", {"tip": verdict([1.5, -0.5], 0.1), "ghost": verdict([0.5, 0.5], 1.1), "mid": verdict([0.5, 0.5], 0.2)}
    )


@pytest.fixture
def bent(calibration):
    return dataclasses.replace(calibration, lenses=LENSES)


def test_each_camera_sees_the_weighted_sum_of_what_it_alone_sees(make_tracks, bent, names):
    tracks = make_tracks(3)
    tracks.confidence[..., 0] = 0.9
    tracks.keypoints[1] = tracks.points_world[1, 0] = tracks.confidence[1, 0] = np.nan
    found = named_tracks(tracks, bent, names.weights)
    np.testing.assert_allclose(found.keypoints[0, 0], 1.5 * tracks.keypoints[0, 0] - 0.5 * tracks.keypoints[0, 1])
    for view in range(2):
        point = 1.5 * tracks.points_world[2, view, 0] - 0.5 * tracks.points_world[2, view, 1]
        uv, _ = reference.project(point, bent.intrinsics[view], bent.extrinsics[view])
        np.testing.assert_allclose(found.uv[2, view, 0], uv, rtol=0, atol=1e-6)
        np.testing.assert_allclose(found.pixels[2, view, 0], bent.project([point])[view, 0])
    np.testing.assert_allclose(found.confidence[2, 0], [0.75 * 0.9 + 0.25 * 0.5, 0.7], rtol=1e-6)
    assert np.isnan(found.keypoints).all((1, 2)).tolist() == [False, True, False]
    assert np.isnan(found.pixels[1, 0]).all() and np.isfinite(found.pixels[1, 1]).all()
    with pytest.raises(ValueError, match=r"of 2 keypoints. Received: weights.shape=\(1, 3\)"):
        named_tracks(tracks, bent, np.ones((1, 3)))


def test_named_points_are_written_with_their_expected_errors(make_tracks, bent, names, tmp_path):
    tracks = make_tracks(4)
    arrays = write_named(tmp_path, (7, 8, 9, 10), [tracks[:3], tracks[3:]], bent, names)
    assert arrays["named_names"].tolist() == ["tip", "mid"]
    assert arrays["named_expected_error"].tolist() == [0.1, 0.2]
    expected = np.einsum("lk,tkd->tld", names.weights, tracks.keypoints)
    np.testing.assert_allclose(arrays["named"], expected)
    with open(tmp_path / "named.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["frame"], row["name"], row["expected_error"]) for row in rows[-2:]] == [
        ("10", "tip", "0.1"),
        ("10", "mid", "0.2"),
    ]
    np.testing.assert_allclose([float(rows[-1][axis]) for axis in "xyz"], expected[3, 1], rtol=1e-5)
    assert {"error", "ncams", "x_pixel_left", "confidence_right"} <= rows[0].keys()


def test_names_come_back_from_their_file(names, tmp_path):
    write_names(tmp_path / FILE, names)
    found = read_names(tmp_path / FILE)
    assert found.model == "digest" and found.known == ("tip", "mid")
    np.testing.assert_array_equal(found.weights, names.weights)
    assert found.verdicts["ghost"].by_labels == {5: 2.2, 9: 1.1}
    for text in ("{}", '{"model": 1, "points": []}', '{"model": 1, "points": {"a": {"known": true}}}'):
        (tmp_path / FILE).write_text(text)
        with pytest.raises(ValueError, match=r"names.json should hold what `tfkeypoints label` wrote"):
            read_names(tmp_path / FILE)


def test_names_of_other_weights_are_left_out(names, tmp_path, capsys):
    assert names_of(tmp_path, "digest") is None
    write_names(tmp_path / FILE, names)
    assert names_of(tmp_path, "digest").known == ("tip", "mid")
    assert names_of(tmp_path, "other") is None
    assert "names keypoints of other weights" in capsys.readouterr().err
    write_names(tmp_path / FILE, Names("digest", {"ghost": names.verdicts["ghost"]}))
    assert names_of(tmp_path, "digest") is None


def test_a_prediction_comes_back_with_its_lenses(make_tracks, bent, tmp_path):
    tracks = make_tracks(3)
    more = {
        "source_frames": np.zeros((3, 2), int),
        "source_names": np.array([["a", ""]] * 3),
        "model": np.array("digest"),
    }
    write_npz(tmp_path / "keypoints.npz", (4, 5, "six"), [tracks], bent, more)
    found = read_found(tmp_path / "keypoints.npz")
    assert found.model == "digest" and found.frames == ("4", "5", "six")
    points = tracks.keypoints.reshape(-1, 3)
    np.testing.assert_array_equal(found.calibration.project(points), bent.project(points))
    np.testing.assert_array_equal(found.tracks.points_world, tracks.points_world)


@pytest.mark.parametrize("content", [None, b"broken", {"frames": np.arange(3)}])
def test_what_is_no_prediction_is_refused(tmp_path, content):
    path = tmp_path / "keypoints.npz"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        np.savez(path, **content)
    with pytest.raises(ValueError, match="`prediction` should be"):
        read_found(path)
