"""Tests of which video is whose: by name or by what the user says, never by order alone."""

import pytest

from tfkeypoints.data.recordings.matching import matched, pairs_of


def test_what_is_called_like_a_camera_is_its_own():
    assert matched({"b", "a", "other"}, ["a", "b"], {}) == ({"a": "a", "b": "b"}, [])


@pytest.mark.parametrize(
    ("entries", "names", "expected"),
    [
        ({"trial_cam1", "trial_cam10"}, ["cam1", "cam10"], ["trial_cam1", "trial_cam10"]),
        ({"Miqus_21334_s2", "Miqus_21335_s2"}, ["21335", "21334"], ["Miqus_21335_s2", "Miqus_21334_s2"]),
        ({"walk-Left", "walk-right", "left"}, ["left", "right"], ["left", "walk-right"]),
        ({"cam1", "cam2"}, ["1", "2"], ["cam1", "cam2"]),
    ],
)
def test_a_name_that_holds_the_cameras_counts_and_is_said(entries, names, expected):
    found, remarks = matched(entries, names, {})
    assert [found[name] for name in names] == expected
    assert len(remarks) == sum(name != entry for name, entry in found.items())
    assert all(found[name] in remark for name, remark in zip([n for n in names if found[n] != n], remarks, strict=True))


@pytest.mark.parametrize(
    ("entries", "names"),
    [
        ({"GX010", "GX011"}, ["21334", "21335"]),
        ({"trial1_cam1", "trial1_cam2"}, ["1", "2"]),  # both hold a 1
        ({"cam01", "cam02"}, ["cam1", "cam2"]),
        ({"cam1_a", "cam1_b"}, ["cam1", "cam2"]),
    ],
)
def test_what_no_name_tells_is_asked_for_with_both_lists(entries, names):
    with pytest.raises(ValueError, match="--pair") as error:
        matched(entries, names, {})
    assert all(each in str(error.value) for each in (*entries, *names))


def test_the_user_can_say_it():
    pairs = pairs_of(["21334=GX011", "21335=GX010"])
    assert matched({"GX010", "GX011"}, ["21334", "21335"], pairs)[0] == {"21334": "GX011", "21335": "GX010"}


@pytest.mark.parametrize("words", [["a"], ["=b"], ["a="], ["a=b", "a=c"]])
def test_pairs_are_camera_and_name(words):
    with pytest.raises(ValueError, match="CAMERA=NAME"):
        pairs_of(words)


@pytest.mark.parametrize("pairs", [{"c": "x"}, {"a": "z"}, {"a": "x", "b": "x"}])
def test_pairs_of_what_is_not_there_are_refused(pairs):
    with pytest.raises(ValueError, match="`pair` should name cameras"):
        matched({"x", "y"}, ["a", "b"], pairs)


def test_a_camera_for_which_nothing_is_left_keeps_its_name():
    assert matched({"a"}, ["a", "b"], {}) == ({"a": "a", "b": "b"}, [])
