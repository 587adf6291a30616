"""sleap-io's sessions, and what is told when they are wrong. A genuine file is in `test_genuine.py`."""

import json
import shutil

import h5py
import numpy as np
import pytest

from tests.cameras.formats.test_genuine import FILES
from tfkeypoints.calibration import read_calibration


@pytest.fixture
def change(tmp_path):
    path = tmp_path / "session.slp"
    shutil.copy(FILES / "sleap/session.slp", path)

    def change(of):
        with h5py.File(path, "r+") as file:
            sessions = of([json.loads(text) for text in file["sessions_json"]])
            del file["sessions_json"]
            file["sessions_json"] = [text if isinstance(text, str) else json.dumps(text) for text in sessions]
        return path

    return change


def camera(**values):
    def of(sessions):
        sessions[0]["calibration"]["cam_1"] |= values
        return sessions

    return of


def test_sessions_may_share_their_cameras_and_cameras_may_have_no_name(change):
    path = change(lambda sessions: sessions * 2)
    assert read_calibration(path).names == ("left", "middle", "right")
    assert read_calibration(change(lambda s: camera(size="")(s[:1]))).sizes.tolist()[1] == [0, 0]
    assert read_calibration(change(lambda s: camera(name="")(s[:1]))).names == ("left", "cam_1", "right")


@pytest.mark.parametrize(
    ("of", "message"),
    [
        (lambda sessions: [], "hold a session with cameras"),
        (lambda sessions: [sessions[0], {"calibration": {}}], "the same cameras in each session"),
        (lambda sessions: ["[]"], "sessions as objects"),
        (lambda sessions: ["{"], "a whole .slp file"),
        (lambda sessions: ['{"a": 1, "a": 2}'], "`a` stands in an object twice"),
        (lambda sessions: [{"calibration": [1]}], "cameras by name"),
        (camera(fisheye=True), "camera `cam_1` should have a pinhole lens"),
        (camera(k6=0.1), "camera `cam_1` should hold .*k6"),
        (camera(distortions=[0.1, 0, 0, 0]), "camera `cam_1`: `distortions` should be 5"),
        (camera(matrix=np.eye(3)[::-1].tolist()), "camera `cam_1`: .*`matrix`"),
        (camera(rotation=[0, 0]), "`rotation` should be 3"),
        (camera(name=3), "`name` should be a text"),
        (camera(size=[0, 5]), "`size` should be"),
    ],
)
def test_what_is_wrong_is_named(change, of, message):
    path = change(of)
    with pytest.raises(ValueError, match=message) as error:
        read_calibration(path)
    assert str(path) in str(error.value)


def test_a_file_without_sessions_and_one_that_is_cut_off_are_named(tmp_path):
    path = tmp_path / "labels.slp"
    with h5py.File(path, "w") as file:
        file["frames"] = np.zeros(3)
    with pytest.raises(ValueError, match=r"labels\.slp should hold a session with cameras"):
        read_calibration(path)
    path.write_bytes((FILES / "sleap/session.slp").read_bytes()[:6000])
    with pytest.raises(ValueError, match=r"labels\.slp should be a whole \.slp file"):
        read_calibration(path)
