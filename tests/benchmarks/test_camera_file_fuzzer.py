"""The fuzzer of camera files: it finds nothing wrong here, and would find a reader that is wrong."""

import dataclasses

import numpy as np
import pytest


@pytest.fixture
def fuzzer():
    import camera_file_fuzzer

    return camera_file_fuzzer


def subject(fuzzer, name):
    return next(each for each in fuzzer.SUBJECTS if each.name == name)


def test_a_few_files_of_each_format_are_read_right_or_refused(fuzzer, tmp_path):
    for each in fuzzer.SUBJECTS:
        counts, faults = fuzzer.fuzz(each, 3, 1, tmp_path)
        assert not faults
        assert counts["same"] + counts["as it says"] + counts["refused"] + counts["open"] == 3


@pytest.mark.parametrize("name", ["anipose", "COLMAP, binary", "Qualisys", "Kalibr", "Label3D"])
def test_it_knows_what_each_number_says(fuzzer, tmp_path, name):
    """Numbers that are followed, each changed alone, give what the fuzzer says that they mean."""
    original = fuzzer.Original(subject(fuzzer, name), tmp_path)
    rng, tried = np.random.default_rng(0), 0
    for part in original.parts:
        for place in part.known[:: max(1, len(part.known) // 20)]:
            content = fuzzer.mutations.nudge(part.content, rng, [place], part.path.suffix)
            if content is not None:
                part.write(content)
                outcome, reason = fuzzer.judge(original, part, "nudge", content)
                assert outcome != "wrong", reason
                tried += outcome == "as it says"
                part.write(part.content)
    assert tried >= 5


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (lambda rig: dataclasses.replace(rig, intrinsics=rig.intrinsics * [[[1.00001], [1], [1]]]), "other cameras"),
        (lambda rig: dataclasses.replace(rig, extrinsics=rig.extrinsics[[0, 1, 1]]), "other cameras"),
        (lambda rig: [][0], "IndexError"),
        (lambda rig: int("three"), "does not name the file"),
    ],
)
def test_it_finds_a_reader_that_is_wrong(fuzzer, tmp_path, monkeypatch, wrong, reason):
    original = fuzzer.Original(subject(fuzzer, "multical"), tmp_path)
    read = fuzzer.read_calibration
    monkeypatch.setattr(fuzzer, "read_calibration", lambda path: wrong(read(path)))
    (part,) = original.parts
    found, why = fuzzer.judge(original, part, "insert", part.content + "\n")
    assert found == "wrong"
    assert reason in why
