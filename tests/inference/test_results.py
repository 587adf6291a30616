"""Files hold what was found, however it was divided into parts."""

import csv

import numpy as np
import pytest

from tfkeypoints.inference import results
from tfkeypoints.inference.results import alarms, disagreement, write_csv, write_npz, write_page
from tfkeypoints.inference.tracks import FIELDS, Tracks


def test_csv_has_a_row_a_frame_and_keypoint(make_tracks, tmp_path):
    tracks = make_tracks(2)
    write_csv(tmp_path / "k.csv", (7, 8), [tracks], ("left", "right"))
    with open(tmp_path / "k.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["frame"], row["keypoint"]) for row in rows] == [("7", "0"), ("7", "1"), ("8", "0"), ("8", "1")]
    found = {name: float(value) for name, value in rows[3].items()}
    np.testing.assert_allclose([found[name] for name in "xyz"], tracks.keypoints[1, 1], rtol=1e-5)
    seen = [found["x_pixel_right"], found["y_pixel_right"]]
    np.testing.assert_allclose(seen, tracks.pixels[1, 1, 1], rtol=1e-5)
    assert found["confidence_left"] == 0.5


@pytest.mark.parametrize("label", ["a,b", 'say "a"', "1305031102.911185", "ü"])
def test_csv_holds_names_of_any_form_and_nan(make_tracks, tmp_path, label):
    tracks = make_tracks(1)
    tracks.keypoints[0] = np.nan
    write_csv(tmp_path / "k.csv", (label,), [tracks], ("left", "right, too"))
    with open(tmp_path / "k.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["frame"] for row in rows] == [label] * 2
    assert [row["x"] for row in rows] == ["nan"] * 2
    assert float(rows[0]["confidence_right, too"]) == 0.5


def test_npz_holds_every_array_with_the_cameras(make_tracks, calibration, tmp_path):
    tracks = make_tracks(3)
    write_npz(tmp_path / "k.npz", (7, 8, 9), [tracks], calibration, {"times": np.array([0, 0.1, 0.2])})
    with np.load(tmp_path / "k.npz") as arrays:
        assert arrays["frames"].tolist() == [7, 8, 9]
        assert arrays["times"].tolist() == [0, 0.1, 0.2]
        assert arrays["camera_names"].tolist() == ["left", "right"]
        np.testing.assert_array_equal(arrays["camera_sizes"], calibration.sizes)
        np.testing.assert_array_equal(arrays["extrinsics"], calibration.extrinsics)
        for name in FIELDS:
            np.testing.assert_array_equal(arrays[name], getattr(tracks, name))
            assert arrays[name].dtype == getattr(tracks, name).dtype


def test_parts_give_the_same_files_and_numbers_as_one(make_tracks, calibration, tmp_path):
    whole = make_tracks(10)
    whole.points_world[4] = np.nan
    parts = [whole[:3], whole[3:4], whole[4:]]
    labels = tuple(f"f{number}" for number in range(10))
    for name, tracks in (("whole", [whole]), ("parts", parts)):
        write_csv(tmp_path / f"{name}.csv", labels, tracks, calibration.names)
        write_npz(tmp_path / f"{name}.npz", labels, tracks, calibration)
    assert (tmp_path / "whole.csv").read_bytes() == (tmp_path / "parts.csv").read_bytes()
    with np.load(tmp_path / "whole.npz") as one, np.load(tmp_path / "parts.npz") as other:
        assert one.files == other.files
        for name in one.files:
            np.testing.assert_array_equal(one[name], other[name])
    # Each camera's points are (0.01, 0.01, 0.01) apart, half of that from their mean.
    assert disagreement([whole]) == pytest.approx(0.005 * 3**0.5)
    assert disagreement(parts) == pytest.approx(0.005 * 3**0.5)
    assert alarms([whole], calibration) == alarms(parts, calibration)


def test_places_far_from_the_origin_keep_their_digits_in_all_parts(make_tracks, tmp_path):
    near = make_tracks(4)
    far = Tracks(**{**vars(near), "keypoints": near.keypoints + [512345.678, 5412345.678, 312.5]})
    write_csv(tmp_path / "k.csv", range(4), [far[:2], far[2:]], ("left", "right"))
    with open(tmp_path / "k.csv", newline="") as file:
        written = [[float(row[axis]) for axis in "xyz"] for row in csv.DictReader(file)]
    np.testing.assert_allclose(written, far.keypoints.reshape(-1, 3), rtol=0, atol=1e-6)


def test_without_a_whole_frame_there_is_no_disagreement_and_no_alarm(make_tracks, calibration):
    tracks = make_tracks(2)
    for name in FIELDS:
        getattr(tracks, name)[...] = np.nan
    assert np.isnan(disagreement([tracks]))
    assert alarms([tracks], calibration) == []


def test_cameras_that_disagree_raise_an_alarm(calibration, make_tracks):
    tracks = make_tracks(2000)
    assert not any("far apart" in alarm for alarm in alarms([tracks], calibration))
    tracks.points_world[:, 1] += 2
    assert any("far apart" in alarm for alarm in alarms([tracks[:900], tracks[900:]], calibration))


@pytest.mark.parametrize(("most", "apart"), [(600, 1), (10, 2), (7, 3), (1, 20)])
def test_a_page_shows_frames_that_are_evenly_chosen_however_they_are_divided(
    calibration, make_tracks, tmp_path, monkeypatch, most, apart
):
    shown = []
    monkeypatch.setattr(results, "write_scene_page", lambda *values, **options: shown.append((values, options)))
    monkeypatch.setattr(results, "PAGE_FRAMES", most)
    tracks = make_tracks(20)
    tracks.keypoints[6] = np.nan
    labels = tuple(range(100, 120))
    for parts in ([tracks], [tracks[:7], tracks[7:8], tracks[8:]]):
        assert write_page(tmp_path / "scene.html", labels, parts, calibration, 60)
        (_, keypoints, *_), options = shown.pop()
        assert len(keypoints) <= most
        np.testing.assert_array_equal(keypoints, tracks.keypoints[::apart])
        assert options["frame_names"] == labels[::apart]
        assert options["fps"] == 60 / apart
    tracks.keypoints[...] = np.nan
    assert not write_page(tmp_path / "scene.html", labels, [tracks], calibration, 60)
    assert not shown
