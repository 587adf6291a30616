"""The benchmark of predictions, without the prediction: what it films, and what it makes of what it measured."""

import numpy as np
import pytest


def test_a_film_has_its_frames_and_repeats_its_parts(tmp_path, monkeypatch):
    av = pytest.importorskip("av", reason="PyAV is not installed (extra `video`)")
    import prediction_speed

    from tfkeypoints.calibration import read_calibration

    monkeypatch.setattr(prediction_speed, "PART", 4)
    prediction_speed.make_recording(tmp_path, 2, 10, (48, 64), 25)
    for number in range(2):
        with av.open(str(tmp_path / "recording" / f"camera_{number}.mp4")) as video:
            assert video.streams.video[0].average_rate == 25
            frames = np.stack([frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)]).astype(int)
        assert frames.shape == (10, 64, 48, 3)
        np.testing.assert_array_equal(frames[4:8], frames[:4])
        assert np.abs(np.diff(frames[:4], axis=0)).mean() > 1
    rig = read_calibration(tmp_path / "cameras.json")
    assert rig.sizes.tolist() == [[48, 64]] * 2
    np.testing.assert_allclose(rig.project([[0, 0, 0]])[:, 0], [[23.5, 31.5]] * 2, atol=1e-9)  # all look at the origin


def test_ratios_are_those_of_the_frames_a_second():
    import prediction_speed

    costs = {
        "decode": [{"wall": 2.0, "processor": 2.0, "added": 40.0}],
        "decode_in_threads": [{"wall": 1.0, "processor": 2.5, "added": 50.0}],
        "predict": [{"wall": 4.0, "processor": 4.0, "added": 150.0}],
    }
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in prediction_speed.report(costs, 100).split("\n")
    ]
    names = ["decode", "decode_in_threads", "predict", "predict / decode", "predict / decode_in_threads"]
    assert [row[0] for row in rows[2:]] == names
    assert [[float(cell) for cell in row[1:] if cell] for row in rows[2:]] == [
        [50, 50, 40],
        [100, 40, 50],
        [25, 25, 150],
        [0.5, 0.5],
        [0.25, 0.625],
    ]
