"""Frames of several cameras are found, ordered and paired; what is missing, ignored or assumed is told."""

import numpy as np
import pytest
from PIL import Image

from tests.data.recordings.films import DARKEST, LEVEL, cut, damage, film, said
from tfkeypoints.data.recordings import Missing, VideoFrame, find_recording


def save(path, number=0, size=(8, 6)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (DARKEST + LEVEL * number,) * 3).save(path)


def values(recording):
    """What the frames of each time say; None where one is missing."""
    return [tuple(None if isinstance(image, Missing) else said(image) for image in images) for images in recording]


def test_images_are_ordered_and_paired_by_the_number_that_varies(tmp_path):
    for number in (9, 10, 11):
        save(tmp_path / "left" / f"cam1_frame_{number}_1080p.png", number)
        save(tmp_path / "right" / f"{number:05d}.png", 10 + number)
    recording = find_recording(tmp_path, ("right", "left"))
    assert recording.labels == (9, 10, 11)
    assert len(recording) == 3
    assert recording.fps is None
    assert values(recording) == [(19, 9), (20, 10), (21, 11)]
    assert values(recording) == values(recording)
    assert recording.sizes.tolist() == [[8, 6], [8, 6]]
    assert recording.remarks == ()


def test_names_without_own_numbers_are_paired_as_a_whole(tmp_path):
    for camera in ("left", "right"):
        for value, name in enumerate(["a_2024", "b_2024"]):
            save(tmp_path / camera / f"{name}.png", value)
    recording = find_recording(tmp_path, ("left", "right"))
    assert recording.labels == ("a_2024", "b_2024")
    assert values(recording) == [(0, 0), (1, 1)]


def test_images_named_by_time_are_paired_by_time(tmp_path):
    """In the style of a well-known RGB-D benchmark: seconds since 1970, no two the same."""
    times = 1305031102.9 + np.arange(6) / 30
    for number, time in enumerate(times):
        save(tmp_path / "left" / f"{time:.6f}.png", number)
        if number != 2:
            save(tmp_path / "right" / f"{time + 0.011:.6f}.png", 10 + number)
    recording = find_recording(tmp_path, ("left", "right"))
    assert values(recording) == [(0, 10), (1, 11), (2, None), (3, 13), (4, 14), (5, 15)]
    assert recording.labels[0] == "1305031102.900000"
    np.testing.assert_allclose(recording.times, times, atol=1e-6)
    assert recording.fps == pytest.approx(30, rel=1e-4)


def test_hidden_files_and_files_that_are_no_images_are_ignored_and_told(tmp_path):
    save(tmp_path / "left" / "0.png")
    save(tmp_path / "right" / "0.png")
    (tmp_path / "left" / "._0.png").write_bytes(b"\0\5\x16\7")
    (tmp_path / "left" / "notes.txt").write_text("7")
    (tmp_path / "right" / "Thumbs.db").write_text("")
    recording = find_recording(tmp_path, ("left", "right"))
    assert values(recording) == [(0, 0)]
    left, right = recording.remarks
    assert left.endswith("left holds 2 files that are no images, ignored: ._0.png …")
    assert right.endswith("right holds a file that is no image, ignored: Thumbs.db")


def test_a_frame_that_one_camera_lacks_is_missing_or_an_error_where_asked_for(tmp_path):
    for number in range(10):
        save(tmp_path / "left" / f"{number}.png", number)
        if number not in (3, 4):
            save(tmp_path / "right" / f"{number}.png", number)
    recording = find_recording(tmp_path, ("left", "right"))
    assert values(recording)[2:6] == [(2, 2), (3, None), (4, None), (5, 5)]
    assert recording.remarks == ("`right` has no frame 3, 4",)
    with pytest.raises(ValueError, match=r"`right` has no frame 3, 4$"):
        find_recording(tmp_path, ("left", "right"), strict=True)


def test_an_image_that_cannot_be_read_is_missing_or_an_error_where_asked_for(tmp_path):
    for number in range(3):
        save(tmp_path / "left" / f"{number}.png", number)
    (tmp_path / "left" / "0.png").write_bytes(b"broken")
    (tmp_path / "left" / "1.png").write_bytes((tmp_path / "left" / "2.png").read_bytes()[:45])
    recording = find_recording(tmp_path, ("left",))
    assert values(recording) == [(None,), (None,), (2,)]
    ((first,), _, _) = recording
    assert "0.png can't be read as an image" in first.reason
    with pytest.raises(ValueError, match=r"0\.png can't be read"):
        list(find_recording(tmp_path, ("left",), strict=True))


def test_an_image_of_another_size_than_the_others_is_missing(tmp_path):
    save(tmp_path / "left" / "0.png")
    save(tmp_path / "left" / "1.png", size=(6, 8))
    ((_,), (second,)) = find_recording(tmp_path, ("left",))
    assert "1.png has another size" in second.reason


def test_a_camera_without_frames_is_named_with_what_is_there(tmp_path):
    save(tmp_path / "left" / "0.png")
    with pytest.raises(ValueError, match=r"for camera `right`.*the folder holds left"):
        find_recording(tmp_path, ("left", "right"))
    with pytest.raises(ValueError, match="`images` should be a folder"):
        find_recording(tmp_path / "none", ("left", "right"))


def test_images_whose_names_have_nothing_in_common_are_refused(tmp_path):
    for number in range(3):
        save(tmp_path / "left" / f"{number}.png")
        save(tmp_path / "right" / f"{100 + number}.png")
    with pytest.raises(ValueError, match=r"belong together.*`left` begins with 0.png, `right` begins with 100.png"):
        find_recording(tmp_path, ("left", "right"))


def test_two_images_of_one_name_are_refused(tmp_path):
    for suffix in ("png", "bmp"):
        save(tmp_path / "left" / f"0.{suffix}")
    with pytest.raises(ValueError, match=r"different names.*0\.bmp and 0\.png"):
        find_recording(tmp_path, ("left",))


def test_deep_grey_images_are_scaled_alike_through_the_recording(tmp_path):
    for number in range(3):
        (tmp_path / "left").mkdir(exist_ok=True)
        grey = np.full((6, 8), round((DARKEST + LEVEL * number) / 255 * 4095), np.uint16)
        Image.fromarray(grey).save(tmp_path / "left" / f"{number}.png")
    recording = find_recording(tmp_path, ("left",))
    assert values(recording) == [(0,), (1,), (2,)]
    assert "of which 12 are used" in recording.remarks[0]
    assert find_recording(tmp_path, ("left",), bits=12).remarks == ()
    dark = [np.asarray(image)[0, 0, 0] for (image,) in find_recording(tmp_path, ("left",), bits=16)]
    assert dark == [round(round((DARKEST + LEVEL * number) / 255 * 4095) / 257) for number in range(3)]
    with pytest.raises(ValueError, match="bits=8"):
        find_recording(tmp_path, ("left",), bits=8)


def test_videos_are_read_frame_by_frame_beside_images(tmp_path):
    film(tmp_path / "left.mp4", range(6), rate=5)
    film(tmp_path / "right.MP4", range(6), rate=5)
    for number in range(6):
        save(tmp_path / "top" / f"{100 + number}.png", number)
    recording = find_recording(tmp_path, ("left", "right"))
    assert recording.labels == tuple(range(6))
    assert recording.fps == pytest.approx(5)
    assert values(recording) == [(number,) * 2 for number in range(6)]
    assert recording.remarks == ()
    beside = find_recording(tmp_path, ("left", "top"))
    assert beside.labels == tuple(range(100, 106))
    assert values(beside) == [(number,) * 2 for number in range(6)]
    assert beside.fps == pytest.approx(5)


def test_videos_that_dropped_different_frames_are_paired_by_time(tmp_path):
    film(tmp_path / "left.mp4", [0, 1, 2, 3, 4, 7, 8, 9, 10, 11])
    film(tmp_path / "right.mkv", [0, 1, 2, 3, 4, 5, 6, 7, 10, 11])
    recording = find_recording(tmp_path, ("left", "right"))
    expected = [(number, number) for number in range(12)]
    expected[5:7] = (None, 5), (None, 6)
    expected[8:10] = (8, None), (9, None)
    assert values(recording) == expected
    np.testing.assert_allclose(recording.times * 30, range(12), atol=0.02)
    assert recording.remarks == ("`left` has no frame 5, 6", "`right` has no frame 8, 9")


def test_videos_of_other_rates_are_paired_by_time_and_told(tmp_path):
    film(tmp_path / "left.mp4", range(8), rate=30)
    film(tmp_path / "right.mp4", range(16), rate=60)
    recording = find_recording(tmp_path, ("left", "right"))
    assert values(recording) == [(number, 2 * number) for number in range(8)]
    assert "`left` has 30, `right` has 60" in recording.remarks[0]
    assert recording.fps == pytest.approx(30)


def test_as_many_frames_at_other_rates_are_refused_with_both_rates(tmp_path):
    film(tmp_path / "left.mp4", range(10), rate=30)
    film(tmp_path / "right.mp4", range(10), rate=60)
    with pytest.raises(ValueError, match=r"10 frames each, `left` at 30 frames/s, `right` at 60"):
        find_recording(tmp_path, ("left", "right"))


def test_a_video_that_ends_early_lacks_its_last_frames_or_is_an_error_where_asked_for(tmp_path):
    film(tmp_path / "left.mp4", range(6))
    film(tmp_path / "right.mp4", range(4))
    recording = find_recording(tmp_path, ("left", "right"))
    assert values(recording) == [(0, 0), (1, 1), (2, 2), (3, 3), (4, None), (5, None)]
    with pytest.raises(ValueError, match="`right` has no frame 4, 5"):
        find_recording(tmp_path, ("left", "right"), strict=True)


def test_a_camera_that_started_late_is_moved_by_its_frames(tmp_path):
    film(tmp_path / "left.mp4", range(8))
    film(tmp_path / "right.mp4", range(2, 8), times=range(6))
    for number in range(8):
        save(tmp_path / "top" / f"{number}.png", number)
        save(tmp_path / "side" / f"{number}.png", number + 3)
    recording = find_recording(tmp_path, ("left", "right"), {"right": 2})
    assert values(recording) == [(0, None), (1, None), *((number, number) for number in range(2, 8))]
    recording = find_recording(tmp_path, ("top", "side"), {"side": 3})
    assert values(recording)[3:8] == [(number, number) for number in range(3, 8)]
    assert recording.labels == tuple(range(11))
    recording = find_recording(tmp_path, ("left", "top"), {"top": -1})
    assert values(recording) == [(None, 0), *((number, number + 1) for number in range(7)), (7, None)]


def test_offsets_that_mean_nothing_are_refused(tmp_path):
    for name in ("left", "right"):
        for stem in ("a", "b"):
            save(tmp_path / name / f"{stem}.png")
    with pytest.raises(ValueError, match=r"`offset` should name cameras, of left, right\. Received: top"):
        find_recording(tmp_path, ("left", "right"), {"top": 1})
    with pytest.raises(ValueError, match=r"differ by one number. Received: right=1, a\.png"):
        find_recording(tmp_path, ("left", "right"), {"right": 1})


def test_avi_whose_frames_are_out_of_order_is_paired_in_order_only_without_other_gaps(tmp_path):
    film(tmp_path / "left.avi", [0, 1, 2, 3, 4, 7, 8, 9, 10, 11])
    film(tmp_path / "right.avi", [0, 1, 2, 3, 4, 7, 8, 9, 10, 11])
    film(tmp_path / "top.avi", [0, 1, 2, 3, 4, 5, 6, 7, 8, 11])
    kept = [(number,) * 2 for number in (0, 1, 2, 3, 4, 7, 8, 9, 10, 11)]
    assert values(find_recording(tmp_path, ("left", "right"))) == kept
    with pytest.raises(ValueError, match="not all files tell which frame was taken when"):
        find_recording(tmp_path, ("left", "top"))


def test_frames_without_times_must_be_as_many(tmp_path):
    film(tmp_path / "left.h264", range(6))
    film(tmp_path / "right.mp4", range(5))
    with pytest.raises(ValueError, match="`left` has 6, `right` has 5"):
        find_recording(tmp_path, ("left", "right"))


def test_what_a_header_says_and_what_is_turned_is_told(tmp_path):
    whole = film(tmp_path / "whole.mp4", range(30), options={"g": "10"})
    cut(whole, tmp_path / "left.mp4", 15)
    film(tmp_path / "right.mp4", range(15, 30), range(15), turn=90)
    recording = find_recording(tmp_path, ("left", "right"))
    assert values(recording) == [(number,) * 2 for number in range(15, 30)]
    assert recording.sizes.tolist() == [[64, 48], [48, 64]]
    header, turn = recording.remarks
    assert header.endswith("left.mp4 holds 15 frames, which are read; its header says 30")
    assert turn.endswith("right.mp4 asks for a turn by 90° counterclockwise: its frames are turned upright")


def test_a_broken_frame_in_the_middle_is_missing_or_an_error_where_asked_for(tmp_path):
    film(tmp_path / "left.mp4", range(20))
    damage(film(tmp_path / "right.avi", range(20), codec="mjpeg", textured=True), [7])
    recording = find_recording(tmp_path, ("left", "right"))
    assert values(recording) == [(number, None if number == 7 else number) for number in range(20)]
    with pytest.raises(ValueError, match=r"right\.avi: frame 7 can't be decoded"):
        list(find_recording(tmp_path, ("left", "right"), strict=True))


def test_frames_are_prepared_from_any_time_on(tmp_path):
    film(tmp_path / "left.mp4", range(20), options={"g": "6"})
    for number in range(20):
        save(tmp_path / "top" / f"{number}.png", number)
    recording = find_recording(tmp_path, ("left", "top"))

    def prepare(time, view, frame):
        assert isinstance(frame, VideoFrame) == (view == 0)
        return time, view, said(frame.picture() if view == 0 else frame)

    read = list(recording.read(prepare, start=13))
    assert read == [((number, 0, number), (number, 1, number)) for number in range(13, 20)]


def test_an_error_while_preparing_is_raised_and_reading_may_stop_early(tmp_path):
    film(tmp_path / "left.mp4", range(20))
    recording = find_recording(tmp_path, ("left",))

    def fail(time, view, frame):
        raise RuntimeError(f"camera {view}")

    with pytest.raises(RuntimeError, match="camera 0"):
        next(recording.read(fail))
    reading = iter(recording)
    next(reading)
    reading.close()
