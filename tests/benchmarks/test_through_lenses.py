"""The recordings of the benchmark of lenses show what they should."""

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("embreex", reason="embreex is not installed (extra `rendering`)")
pytest.importorskip("av", reason="PyAV is not installed (extra `video`)")


def test_undistorted_recordings_are_those_of_ideal_cameras(tmp_path, monkeypatch):
    import lens_recordings

    for name, value in {"SIZE": 96, "SOURCE_SIZE": 288, "FRAMES": 2}.items():
        monkeypatch.setattr(lens_recordings, name, value)
    lens_recordings.write(tmp_path / "recordings", episodes=1)
    assert np.load(tmp_path / "recordings" / "landmarks.npy").shape == (2, 5, 3)
    kinds = [
        [
            np.asarray(Image.open(tmp_path / "recordings" / f"{kind}_images" / camera / "frame_0001.png"))
            for camera in lens_recordings.NAMES
        ]
        for kind in ("ideal", "lens")
    ]
    ideal, lens = kinds
    straight = lens_recordings.cameras(lens_recordings.LENSES).undistort(lens)
    inside = (slice(8, -8), slice(8, -8))
    for view in range(3):
        apart = [np.abs(each[view][inside].astype(float) - ideal[view][inside]).mean() for each in (straight, lens)]
        assert apart[0] < 0.5 * apart[1]


def test_errors_are_told_for_every_case_beside_those_of_ideal_cameras(rng):
    import through_lenses

    landmarks = rng.normal(size=(30, 5, 3))
    seen = {"keypoints": landmarks[:, ::-1] + 2, "landmarks": landmarks, "instance": np.repeat(["a", "b"], 15)}
    shift = np.array([0.03, 0, 0.04])
    found = {"ideal, images": landmarks[:, ::-1] + 2 + shift, "other": landmarks[:, ::-1] + 2 + 2 * shift}
    lines = through_lenses.table(found, landmarks, seen).splitlines()
    assert "| ideal, images | 5.00 | 5.00 | 5.00 | 5.00 | 5.00 | 5.00 |" in lines[2]
    assert "| other | 10.00 | 10.00 | 10.00 | 10.00 | 10.00 | 10.00 |" in lines[3]
    assert " | 5.00 | 2.000 | " in lines[3]
