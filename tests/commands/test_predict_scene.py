"""`tfkeypoints predict` on synchronised images and a camera file."""

import csv
import json
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from tests.data.recordings.films import film, pyav
from tests.visualization.test_scene_page import shown
from tfkeypoints import cli, files, visualization
from tfkeypoints.geometry import camera
from tfkeypoints.inference import chunks, recordings
from tfkeypoints.inference.tracker import Tracker
from tfkeypoints.models import Keypoint3D
from tfkeypoints.training.run import Run

SIZE, VIEWS, FRAMES = 32, 2, 3
EYES = np.array([[2.0, 0, 0.5], [0, -2.0, 0.5]])


@pytest.fixture(scope="module")
def scene_run(tmp_path_factory):
    """A run of a tiny model that was never trained."""
    run = Run(tmp_path_factory.mktemp("scene_run"))
    options = {"num_keypoints": 4, "filters": 4, "levels": 2, "mean_depth": 2.0}
    model = Keypoint3D(num_views=VIEWS, image_size=(SIZE, SIZE), **options)
    model({"image": np.zeros((1, VIEWS, SIZE, SIZE, 3), np.uint8), **cameras(1)})
    model.save(run.model_file)
    files.write_json(run.config_file, {"model": "keypoint3d", "images": {"shape": [VIEWS, SIZE, SIZE, 3]}})
    return run


def cameras(count):
    intrinsics = camera.intrinsics_from_pixels(30.0, 30.0, 15.5, 15.5, SIZE, SIZE)
    extrinsics = camera.look_at(EYES, np.zeros(3), np.array([0.0, 0, 1]))
    shape = count, VIEWS
    return {
        "intrinsics": np.broadcast_to(np.float32(intrinsics), (*shape, 3, 3)),
        "extrinsics": np.broadcast_to(np.float32(extrinsics), (*shape, 4, 4)),
    }


@pytest.fixture
def recording(tmp_path, rng):
    """A folder of images of two cameras, the camera file, and the images themselves."""
    images = rng.integers(0, 256, (FRAMES, VIEWS, SIZE, SIZE, 3), np.uint8)
    pixels = {"fx": 30, "fy": 30, "cx": 15.5, "cy": 15.5, "width": SIZE, "height": SIZE}
    content = {}
    for view, name in enumerate(["left", "right"]):
        content[name] = {**pixels, "extrinsics": cameras(1)["extrinsics"][0, view].tolist()}
        for frame in range(FRAMES):
            visualization.save_image(tmp_path / "recording" / name / f"{frame:03d}.png", images[frame, view])
    (tmp_path / "cameras.json").write_text(json.dumps(content))
    return tmp_path / "recording", tmp_path / "cameras.json", images


def test_synchronised_images_give_csv_npz_and_a_video(scene_run, recording, tmp_path, capsys):
    pyav()
    folder, camera_file, images = recording
    out = tmp_path / "out"
    words = ["predict", str(scene_run.folder), str(folder), "--cameras", str(camera_file), "--out", str(out)]
    assert cli.main(words) == 0
    assert "3 frames, 4 keypoints each" in capsys.readouterr().out
    expected = scene_run.load_model()({"image": images, **cameras(FRAMES)})
    with np.load(out / "keypoints.npz") as found:
        np.testing.assert_allclose(found["keypoints"], expected["keypoints"], atol=1e-4)
        np.testing.assert_allclose(found["uv"], expected["uv"], atol=1e-4)
    with open(out / "keypoints.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == FRAMES * 4
    np.testing.assert_allclose([float(row["z"]) for row in rows], np.ravel(expected["keypoints"][..., 2]), atol=1e-4)
    assert {path.name.split(".")[0] for path in out.iterdir()} - {"scene"} == {"keypoints"}
    assert len(shades(out)) == FRAMES


def test_bad_input_is_an_error_and_leaves_nothing(scene_run, recording, tmp_path, capsys):
    folder, camera_file, _ = recording
    out = tmp_path / "out"
    words = ["predict", str(scene_run.folder), str(folder), "--out", str(out)]
    assert cli.main(words) == 2
    assert "--cameras" in capsys.readouterr().err
    words += ["--cameras", str(camera_file)]
    for offset in ("left", "left=x", "=1"):
        assert cli.main([*words, "--offset", offset]) == 2
        assert f"CAMERA=FRAMES, once a camera. Received: {offset}" in capsys.readouterr().err
    (folder / "right" / "001.png").unlink()
    assert cli.main([*words, "--strict"]) == 2
    assert "`right` has no frame 1" in capsys.readouterr().err
    for number in range(FRAMES):
        Image.new("RGB", (40, 32)).save(folder / "left" / f"{number:03d}.png")
    assert cli.main(words) == 2
    assert "32 × 32 pixels" in capsys.readouterr().err
    assert not out.exists()


def test_a_missing_frame_is_nan_and_told(scene_run, recording, tmp_path, capsys):
    folder, camera_file, _ = recording
    (folder / "right" / "001.png").write_bytes(b"broken")
    (folder / "right" / "002.png").rename(folder / "right" / "004.png")
    out = tmp_path / "out"
    words = ["predict", str(scene_run.folder), str(folder), "--cameras", str(camera_file), "--out", str(out)]
    assert cli.main(words) == 0
    told = capsys.readouterr().err
    assert "`left` has no frame 4" in told and "`right` has no frame 2" in told
    with np.load(out / "keypoints.npz") as found:
        assert found["frames"].tolist() == [0, 1, 2, 4]
        unknown = np.isnan(found["keypoints"]).all((1, 2))
        assert unknown.tolist() == [False, True, True, True]
        assert np.isnan(found["uv"]).all((2, 3)).T.tolist() == [[False, False, False, True], [False, True, True, False]]


def test_a_camera_that_started_late_is_paired_by_its_offset(scene_run, recording, tmp_path):
    folder, camera_file, _ = recording
    out = tmp_path / "out"
    words = ["predict", str(scene_run.folder), str(folder), "--cameras", str(camera_file), "--out", str(out)]
    assert cli.main([*words, "--offset", "right=-1"]) == 0
    with np.load(out / "keypoints.npz") as found:
        assert found["frames"].tolist() == [-1, 0, 1, 2]
        assert np.isfinite(found["keypoints"]).all((1, 2)).tolist() == [False, True, True, False]


@pytest.fixture
def long_recording(recording):
    """Videos of 28 frames at 60 frames/s in the place of the images; `right` lacks frame 20."""
    folder, camera_file, _ = recording
    for name, numbers in (("left", range(28)), ("right", [*range(20), *range(21, 28)])):
        shutil.rmtree(folder / name)
        film(folder / f"{name}.mp4", numbers, rate=60, size=(SIZE, SIZE), textured=True, options={"g": "9"})
    return folder, camera_file


def shades(folder):
    """The luma of each frame of the video, `[T, h, w]`."""
    with pyav().open(str(folder / "keypoints.mp4")) as video:
        return np.stack([frame.to_ndarray(format="gray") for frame in video.decode(video=0)]).astype(float)


def assert_same_video(found, expected):
    """Compares what is seen: the encoder may store the same frames in other bytes.

    Its quality, crf 18, quantises in steps of 0.625 · 2^(18/6) = 5, so that two encodings of a picture are no more than
    two steps apart in the mean. Frames of this noise, which moves by a pixel, are farther from each other than that.
    """
    found, expected = shades(found), shades(expected)
    assert found.shape == expected.shape
    assert np.abs(found - expected).mean((1, 2)).max() < 10
    captions = 20
    moved = np.abs(np.diff(expected[:, captions:-captions], axis=0)).mean((1, 2))
    assert moved.min() > 10


def arrays(folder):
    with np.load(folder / "keypoints.npz") as found:
        return {name: found[name] for name in found.files}


def test_a_killed_prediction_is_resumed_behind_its_last_chunk(scene_run, long_recording, tmp_path, monkeypatch, capsys):
    folder, camera_file = long_recording
    words = ["predict", str(scene_run.folder), str(folder), "--cameras", str(camera_file), "--out"]
    monkeypatch.setattr(chunks, "SIZE", 16)
    assert cli.main([*words, str(tmp_path / "whole")]) == 0
    batches, find = [], Tracker.find

    def killed(self, frames, first):
        batches.append(len(frames))
        if len(batches) == 3:
            raise KeyboardInterrupt
        return find(self, frames, first)

    monkeypatch.setattr(Tracker, "find", killed)
    assert cli.main([*words, str(tmp_path / "killed")]) == 130
    assert "16 frames are kept" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "killed").iterdir()] == ["unfinished"]
    assert cli.main([*words, str(tmp_path / "killed")]) == 0
    assert "resumed after 16 of 28 frames" in capsys.readouterr().err
    assert batches == [8, 8, 8, 8, 4]
    whole, resumed = arrays(tmp_path / "whole"), arrays(tmp_path / "killed")
    assert whole.keys() == resumed.keys()
    for name, values in whole.items():
        np.testing.assert_array_equal(resumed[name], values)
    assert (tmp_path / "killed" / "keypoints.csv").read_bytes() == (tmp_path / "whole" / "keypoints.csv").read_bytes()
    assert_same_video(tmp_path / "killed", tmp_path / "whole")
    assert not (tmp_path / "killed" / "unfinished").exists()
    np.testing.assert_allclose(whole["times"], np.arange(28) / 60, atol=1e-6)
    assert whole["source_frames"][19:22].tolist() == [[19, 19], [20, -1], [21, 20]]
    assert np.isnan(whole["keypoints"]).all((1, 2)).tolist() == [number == 20 for number in range(28)]
    assert len(shades(tmp_path / "whole")) == 14  # every second frame
    with pyav().open(str(tmp_path / "whole" / "keypoints.mp4")) as video:
        assert video.streams.video[0].average_rate == 30


@pytest.mark.slow
def test_a_prediction_whose_process_is_killed_is_resumed(scene_run, recording, tmp_path, rng, capsys):
    """By SIGKILL, of which the process learns nothing, while it is at its second chunk."""
    folder, camera_file, _ = recording
    count = chunks.SIZE + 400
    noise = rng.integers(0, 256, (SIZE, SIZE, 3), np.uint8)
    pyav()
    for name in ("left", "right"):
        shutil.rmtree(folder / name)
        with visualization.video.video_writer(folder / f"{name}.mp4", 30) as write:
            for number in range(count):
                write(np.roll(noise, number, 1))
    words = ["predict", str(scene_run.folder), str(folder), "--cameras", str(camera_file), "--out"]
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    command = [sys.executable, "-m", "tfkeypoints.cli", *words, str(killed)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not (killed / "unfinished" / "000000.npz").exists():
            time.sleep(0.01)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert [path.name for path in killed.iterdir()] == ["unfinished"]
    assert cli.main([*words, str(killed)]) == 0
    assert f"resumed after {chunks.SIZE} of {count} frames" in capsys.readouterr().err
    assert cli.main([*words, str(whole)]) == 0
    assert {path.name for path in killed.iterdir()} == {path.name for path in whole.iterdir()}
    expected = arrays(whole)
    for name, values in arrays(killed).items():
        if values.dtype.kind == "f":  # another process may add in another order
            np.testing.assert_allclose(values, expected[name], atol=1e-4, err_msg=name)
        else:
            np.testing.assert_array_equal(values, expected[name], err_msg=name)
    tables = [np.loadtxt(out / "keypoints.csv", delimiter=",", skiprows=1) for out in (killed, whole)]
    np.testing.assert_allclose(*tables, atol=1e-3, rtol=1e-4)
    assert len(tables[0]) == count * 4
    assert_same_video(killed, whole)


def test_a_prediction_that_changed_begins_anew(scene_run, long_recording, tmp_path, monkeypatch, capsys):
    folder, camera_file = long_recording
    out = tmp_path / "out"
    words = ["predict", str(scene_run.folder), str(folder), "--cameras", str(camera_file), "--out", str(out)]
    monkeypatch.setattr(chunks, "SIZE", 16)

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(recordings, "write_results", interrupted)
    changes = {
        "nothing": lambda: None,
        "camera": lambda: camera_file.write_text(camera_file.read_text().replace("15.5", "15.4")),
        "film": lambda: film(folder / "left.mp4", range(28), rate=60, size=(SIZE, SIZE)),
    }
    assert cli.main(words) == 130
    for name, change in changes.items():
        change()
        assert cli.main(words) == 130
        assert ("resumed after 28 of 28" in capsys.readouterr().err) == (name == "nothing")


def test_broken_frames_are_told_by_camera(scene_run, recording, tmp_path, capsys):
    folder, camera_file, _ = recording
    for number in range(FRAMES, 9):
        for name in ("left", "right"):
            shutil.copy(folder / name / "000.png", folder / name / f"{number:03d}.png")
        (folder / "right" / f"{number:03d}.png").write_bytes(b"broken")
    (folder / "right" / "002.png").write_bytes(b"broken")
    words = ["predict", str(scene_run.folder), str(folder), "--cameras", str(camera_file)]
    assert cli.main([*words, "--out", str(tmp_path / "out")]) == 0
    told = capsys.readouterr().err
    assert told.count("can't be read as an image") == 5
    assert "`right` has 7 frames that can't be read: NaN" in told
    assert np.isfinite(arrays(tmp_path / "out")["keypoints"]).all((1, 2)).tolist() == [True, True] + [False] * 7
    assert cli.main([*words, "--out", str(tmp_path / "strict"), "--strict"]) == 2
    assert "002.png can't be read" in capsys.readouterr().err
    assert not (tmp_path / "strict" / "unfinished").exists()


def test_images_of_half_the_size_are_predicted_in_their_own_pixels(scene_run, recording, tmp_path, capsys):
    folder, camera_file, _ = recording
    words = ["predict", str(scene_run.folder), str(folder), "--cameras", str(camera_file), "--out"]
    content = json.loads(camera_file.read_text())
    for camera_ in content.values():
        for name in ("fx", "fy", "width", "height"):
            camera_[name] *= 2
        for name in ("cx", "cy"):  # the centre of the first pixel is 0: edges are half a pixel before
            camera_[name] = (camera_[name] + 0.5) * 2 - 0.5
    assert cli.main([*words, str(tmp_path / "same")]) == 0
    camera_file.write_text(json.dumps(content))
    assert cli.main([*words, str(tmp_path / "half")]) == 0
    assert "smaller by the factor 2" in capsys.readouterr().err
    same, half = arrays(tmp_path / "same"), arrays(tmp_path / "half")
    for name in same.keys() - {"intrinsics"}:
        np.testing.assert_array_equal(half[name], same[name])
    np.testing.assert_allclose(half["intrinsics"], same["intrinsics"], atol=1e-12)


def test_a_page_in_3d_plays_with_the_video(scene_run, recording, tmp_path, monkeypatch, capsys):
    folder, camera_file, _ = recording
    (folder / "right" / "001.png").unlink()
    words = ["predict", str(scene_run.folder), str(folder), "--cameras", str(camera_file), "--out"]
    pyav()
    assert cli.main([*words, str(tmp_path / "with")]) == 0
    content = shown(tmp_path / "with" / "scene.html")
    assert (content["cameras"], content["video"], content["fps"]) == (["left", "right"], "keypoints.mp4", 10)
    assert content["tiles"] == [[0, 20, 320, 320], [324, 20, 320, 320]]
    np.testing.assert_allclose(content["keypoints"], arrays(tmp_path / "with")["keypoints"], rtol=1e-6)
    with monkeypatch.context() as patch:
        for module in (recordings, visualization.files):
            patch.setattr(module, "has_video", lambda: False)
        assert cli.main([*words, str(tmp_path / "without")]) == 0
    assert shown(tmp_path / "without" / "scene.html")["video"] is None
    for number in (0, 2):
        (folder / "left" / f"{number:03d}.png").write_bytes(b"broken")
    assert cli.main([*words, str(tmp_path / "nothing")]) == 0
    assert "no scene.html" in capsys.readouterr().err
    assert not (tmp_path / "nothing" / "scene.html").exists()


def test_without_pyav_images_are_predicted_with_a_gif(scene_run, recording, tmp_path, monkeypatch, capsys):
    folder, camera_file, _ = recording
    for module in (recordings, visualization.files):
        monkeypatch.setattr(module, "has_video", lambda: False)
    out = tmp_path / "out"
    words = ["predict", str(scene_run.folder), str(folder), "--cameras", str(camera_file), "--out", str(out)]
    assert cli.main(words) == 0
    assert "keypoints.gif shows 3 frames" in capsys.readouterr().err
    assert Image.open(out / "keypoints.gif").n_frames == FRAMES
    assert not (out / "keypoints.mp4").exists()


def test_a_keypointnet_takes_no_camera_file(run, recording, capsys):
    folder, camera_file, _ = recording
    assert cli.main(["predict", str(run.folder), str(folder), "--cameras", str(camera_file)]) == 2
    assert "is for runs of keypoint3d" in capsys.readouterr().err
