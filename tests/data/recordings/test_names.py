"""Names of images are told apart by what varies in them, ordered as people count, and read as times where they are."""

import datetime

import numpy as np
import pytest

from tfkeypoints.data.recordings.names import natural, order, read_names


def keys(*cameras):
    return [names.keys for names in read_names(cameras)]


def test_the_number_that_varies_is_the_key_wherever_it_stands():
    assert keys(["frame_9_1080p", "frame_10_1080p"]) == [[(9,), (10,)]]
    assert keys(["cam1_frame9", "cam1_frame10"], ["00009", "00010"]) == [[(9,), (10,)]] * 2


def test_all_that_varies_counts():
    names = ["take1_frame2", "take1_frame10", "take2_frame2"]
    assert keys(names) == [[(1, 2), (1, 10), (2, 2)]]
    assert keys(["a_2024", "b_2024"]) == [[("a",), ("b",)]]
    # The second camera has frames of one take only; its first number counts because the first camera's varies.
    assert keys(names, ["take1_frame2", "take1_frame10"])[1] == [(1, 2), (1, 10)]


def test_names_of_different_forms_count_as_a_whole():
    assert keys(["start", "img7"]) == [[("start",), ("img", 7)]]


def test_a_single_image_goes_by_what_varies_for_another_camera_or_by_its_last_number():
    assert keys(["f1_1080p", "f2_1080p"], ["f2_1080p"])[1] == [(2,)]
    assert keys(["cam2_f7"], ["f7"]) == [[(7,)], [(7,)]]
    assert keys(["photo"]) == [[()]]


def test_names_are_ordered_as_people_count():
    names = ["img10_b", "img2_b", "img2_a", "img"]
    assert sorted(names, key=lambda name: order(natural(name))) == ["img", "img2_a", "img2_b", "img10_b"]


@pytest.mark.parametrize(
    ("names", "times"),
    [
        (["1305031102.911185", "1305031103.1", "1305031103.25"], [1305031102.911185, 1305031103.1, 1305031103.25]),
        (["1305031102.911185", "1305031102.943"], [1305031102.911185, 1305031102.943]),
        (["cam_9.950", "cam_10.050"], [9.95, 10.05]),
        (["1403636579763555584", "1403636579813555456"], [1403636579.763555584, 1403636579.813555456]),
        (["f_1403636579763_x", "f_1403636579813_x"], [1403636579.763, 1403636579.813]),
        (["1403636579763555", "1403636579813555"], [1403636579.763555, 1403636579.813555]),
    ],
)
def test_times_are_read_in_seconds(names, times):
    (read,) = read_names([names])
    assert read.only_times
    np.testing.assert_allclose(read.times, times, rtol=0, atol=1e-6)  # a double resolves 2e-7 s at 1.4e9


@pytest.mark.parametrize(
    "names",
    [
        ["2024-05-01_12-00-59.250", "2024-05-01_12-01-00.125"],
        ["cam3-20240501T120059.25", "cam3-20240501T120100.125"],
        ["20240501120059250", "20240501120100125"],
        ["20240501_120059_250", "20240501_120100_125"],
    ],
)
def test_dates_are_times(names):
    (read,) = read_names([names])
    begin = datetime.datetime(2024, 5, 1, 12, 0, 0, tzinfo=datetime.timezone.utc).timestamp()
    assert read.only_times
    np.testing.assert_allclose(read.times - begin, [59.25, 60.125], rtol=0, atol=1e-6)


def test_a_counter_beside_a_time_is_the_key():
    for names in (["1_163.980", "2_164.013"], ["20240501_120059_001", "20240501_120100_002"]):
        (read,) = read_names([names])
        assert read.keys == [(1,), (2,)]
        assert not read.only_times


@pytest.mark.parametrize("names", [["take1.9", "take1.10", "take2.1"], ["shot.0007", "shot.0008"], ["99.1", "99.2"]])
def test_numbers_with_points_that_are_no_times_stay_numbers(names):
    (read,) = read_names([names])
    assert read.times is None
    assert read.keys == sorted(read.keys)


def test_digits_that_look_like_a_date_but_are_none_stay_numbers():
    (read,) = read_names([["20249901120000", "20249901120001"]])
    assert read.keys == [(20249901120000,), (20249901120001,)]
