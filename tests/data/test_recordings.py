"""Frames of several cameras are found, ordered and matched; what is missing is told."""

import numpy as np
import pytest
from PIL import Image

from tfkeypoints.data.recordings import find_recording
from tfkeypoints.visualization import write_animation


def save(path, value=0, size=(8, 6)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (value, value, value)).save(path)


def values(recording):
    return [tuple(image.getpixel((0, 0))[0] for image in images) for images in recording]


def test_images_are_ordered_and_matched_by_the_last_number_in_their_names(tmp_path):
    for number in (9, 10, 11):
        save(tmp_path / "left" / f"cam1_frame{number}.png", number)
        save(tmp_path / "right" / f"{number:05d}.png", 100 + number)
    (tmp_path / "left" / "notes.txt").write_text("7")
    recording = find_recording(tmp_path, ("right", "left"))
    assert recording.labels == (9, 10, 11)
    assert len(recording) == 3
    assert recording.fps is None
    assert values(recording) == [(109, 9), (110, 10), (111, 11)]
    assert values(recording) == values(recording)


def test_names_without_own_numbers_are_matched_as_a_whole(tmp_path):
    for camera in ("left", "right"):
        for value, name in enumerate(["a_2024", "b_2024"]):
            save(tmp_path / camera / f"{name}.png", value)
    recording = find_recording(tmp_path, ("left", "right"))
    assert recording.labels == ("a_2024", "b_2024")
    assert values(recording) == [(0, 0), (1, 1)]


def test_a_frame_that_one_camera_lacks_is_named(tmp_path):
    for number in range(10):
        save(tmp_path / "left" / f"{number}.png")
        if number not in (3, 4):
            save(tmp_path / "right" / f"{number}.png")
    with pytest.raises(ValueError, match=r"`right` has no frame 3, 4$"):
        find_recording(tmp_path, ("left", "right"))


def test_a_camera_without_frames_is_named_with_what_is_there(tmp_path):
    save(tmp_path / "left" / "0.png")
    with pytest.raises(ValueError, match=r"for camera `right`.*the folder holds left"):
        find_recording(tmp_path, ("left", "right"))
    with pytest.raises(ValueError, match="`images` should be a folder"):
        find_recording(tmp_path / "none", ("left", "right"))


def test_an_image_that_cannot_be_read_is_named(tmp_path):
    save(tmp_path / "left" / "0.png")
    (tmp_path / "left" / "1.png").write_bytes(b"broken")
    with pytest.raises(ValueError, match=r"1\.png can't be read"):
        list(find_recording(tmp_path, ("left",)))


def film(path, count):
    frames = np.repeat(np.linspace(0, 250, count).astype(np.uint8), 32 * 48 * 3).reshape(count, 32, 48, 3)
    write_animation(path, frames, fps=5)


@pytest.fixture
def ffmpeg():
    pytest.importorskip("imageio_ffmpeg", reason="imageio-ffmpeg is not installed (extra `video`)")


def test_videos_are_read_frame_by_frame_beside_images(tmp_path, ffmpeg):
    film(tmp_path / "left.mp4", 6)
    film(tmp_path / "right.mp4", 6)
    (tmp_path / "right.mp4").rename(tmp_path / "right.MP4")
    for number in range(6):
        save(tmp_path / "top" / f"{100 + number}.png", number)
    recording = find_recording(tmp_path, ("left", "right"))
    assert recording.labels == tuple(range(6))
    assert recording.fps == 5
    np.testing.assert_allclose(values(recording), np.linspace(0, 250, 6)[:, None] * [1, 1], atol=6)
    assert find_recording(tmp_path, ("left", "top")).labels == tuple(range(100, 106))


def test_videos_of_other_lengths_are_refused(tmp_path, ffmpeg):
    film(tmp_path / "left.mp4", 6)
    film(tmp_path / "right.mp4", 4)
    with pytest.raises(ValueError, match="`left` has 6, `right` has 4"):
        find_recording(tmp_path, ("left", "right"))


def test_a_video_that_is_none_is_named(tmp_path, ffmpeg):
    (tmp_path / "left.mp4").write_bytes(b"no video")
    with pytest.raises(ValueError, match=r"left\.mp4 can't be read as a video"):
        find_recording(tmp_path, ("left",))
