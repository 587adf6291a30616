"""Videos give the frames that are stored, whatever their header, container and state say."""

import numpy as np
import pytest
from PIL import Image

from tests.data.recordings.films import cut, damage, film, said
from tfkeypoints.data.recordings import Missing
from tfkeypoints.data.recordings.video import open_video
from tfkeypoints.data.recordings.video_frame import AREA, SMALL

av = pytest.importorskip("av", reason="PyAV is not installed (extra `video`)")

DROPPED = [0, 1, 2, 3, 4, 7, 8, 9, 10, 11]
CONTAINERS = [
    ("film.mp4", "libx264"),
    ("film.mov", "mjpeg"),
    ("film.mkv", "libx264"),
    ("film.mkv", "ffv1"),
    ("film.webm", "libvpx"),
    ("film.webm", "libvpx-vp9"),
    ("film.avi", "mjpeg"),
    ("film.avi", "libx264"),
    ("film.ts", "libx264"),
    ("film.mp4", "libx265"),
]


def numbers(video, wanted=None):
    frames = video.read(range(len(video)) if wanted is None else wanted)
    return [None if isinstance(frame, Missing) else said(frame.picture()) for frame in frames]


@pytest.mark.parametrize(("name", "codec"), CONTAINERS)
def test_stored_frames_are_read_and_none_is_repeated_where_some_were_dropped(tmp_path, name, codec):
    video = open_video(film(tmp_path / name, DROPPED, codec=codec))
    assert len(video) == len(DROPPED)
    assert numbers(video) == DROPPED
    if video.exact:
        np.testing.assert_allclose(video.stamps * 30, DROPPED, atol=0.02)  # Matroska rounds to milliseconds
    else:
        assert name == "film.avi"


@pytest.mark.parametrize(("name", "codec"), CONTAINERS)
def test_reading_may_begin_anywhere_and_leave_frames_out(tmp_path, name, codec):
    video = open_video(film(tmp_path / name, range(30), codec=codec, options={"g": "8"}))
    for first in (1, 7, 8, 9, 22, 29):
        assert numbers(video, range(first, 30)) == list(range(first, 30))
    assert numbers(video, [3, 4, 17, 25]) == [3, 4, 17, 25]
    assert numbers(video, []) == []


UNEVEN = np.cumsum(np.random.default_rng(0).integers(1, 5, 29)).tolist()
OPEN = {"g": "8", "bf": "3", "x264-params": "open-gop=1:scenecut=0"}
SOUGHT = {
    "open groups": ("film.mp4", "libx264", OPEN, None),
    "open groups in Matroska": ("film.mkv", "libx264", OPEN, UNEVEN),
    "frames out of order": ("film.mp4", "mpeg4", {"g": "6", "bf": "2"}, UNEVEN),
    "an uneven rate": ("film.mp4", "libx264", {"g": "8", "bf": "3"}, UNEVEN),
    "refreshed line by line": ("film.mp4", "libx264", {"x264-params": "intra-refresh=1:keyint=8:bframes=0"}, None),
}


@pytest.mark.parametrize("hidden", [0, 5])
@pytest.mark.parametrize("kind", SOUGHT)
def test_frames_are_the_same_to_the_last_bit_wherever_reading_begins(tmp_path, kind, hidden):
    name, codec, options, times = SOUGHT[kind]
    path = film(tmp_path / name, range(29), times, codec=codec, options=options, textured=True)
    if hidden and path.suffix == ".mp4":
        path = cut(path, tmp_path / "cut.mp4", hidden)  # an edit list hides the first frames
    video = open_video(path)
    assert video.seekable

    def pictures(first):
        frames = video.read(range(first, len(video)))
        return [None if isinstance(frame, Missing) else frame.picture().tobytes() for frame in frames]

    whole = pictures(0)
    assert len(set(whole)) == len(whole) or hidden
    assert len(whole) == 29 or hidden
    for first in range(1, len(video)):
        assert pictures(first) == whole[first:]


def test_a_damaged_group_is_missing_wherever_reading_begins(tmp_path):
    path = film(tmp_path / "film.mp4", range(29), options={"g": "8", "bf": "0"}, textured=True)
    damage(path, [10])
    video = open_video(path)
    whole = numbers(video)
    assert whole == [*range(10), *[None] * 6, *range(16, 29)]
    for first in range(1, 29):
        assert numbers(video, range(first, 29)) == whole[first:]


def test_raw_streams_have_frames_but_no_times(tmp_path):
    video = open_video(film(tmp_path / "film.h264", range(8)))
    assert numbers(video) == list(range(8))
    assert video.stamps is None


def test_a_rate_that_changes_shows_in_the_times(tmp_path):
    times = [0, 1, 2, 3, 5, 7, 9, 10, 11, 15]
    video = open_video(film(tmp_path / "film.mp4", range(10), times))
    assert numbers(video) == list(range(10))
    np.testing.assert_allclose(video.stamps * 30, times, atol=1e-6)


@pytest.mark.parametrize("name", ["cut.mp4", "cut.mov"])
def test_frames_that_an_edit_list_hides_do_not_count(tmp_path, name):
    whole = film(tmp_path / "whole.mp4", range(30), options={"g": "10"})
    video = open_video(cut(whole, tmp_path / name, 15))
    assert len(video) == 15
    assert video.told == 30
    assert numbers(video) == list(range(15, 30))
    assert numbers(video, range(5, 15)) == list(range(20, 30))
    np.testing.assert_allclose(video.stamps * 30, range(15), atol=1e-6)


def test_frames_of_vp8_that_are_never_shown_do_not_count(tmp_path):
    path = film(tmp_path / "film.webm", range(12), codec="libvpx")
    content = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        fourth = [bytes(packet) for packet in container.demux(video=0)][4]
    content[content.index(fourth)] &= 0b11101111  # the bit of RFC 6386, 9.1, that says whether a frame is shown
    path.write_bytes(content)
    video = open_video(path)
    assert numbers(video) == [0, 1, 2, 3, *range(5, 12)]


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_frames_are_turned_upright(tmp_path, degrees):
    path = tmp_path / "film.mp4"
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[:24, :32] = 200
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        if degrees:
            stream.set_display_rotation(degrees)
        container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        container.mux(stream.encode(None))
    video = open_video(path)
    (frame,) = video.read([0])
    upright = np.rot90(picture, degrees // 90)  # counterclockwise, as the header asks for
    assert video.size == frame.size == upright.shape[1::-1]
    assert np.abs(np.asarray(frame.picture()).astype(int) - upright).mean() < 6
    reduced = np.asarray(frame.reduced((upright.shape[1] // 4, upright.shape[0] // 4)))
    assert np.abs(reduced.astype(int) - upright[2::4, 2::4]).mean() < 6


@pytest.mark.parametrize(("colorspace", "red", "blue"), [(5, 0.299, 0.114), (1, 0.2126, 0.0722)])
def test_pictures_have_the_colors_of_their_standard(tmp_path, colorspace, red, blue):
    """Y'CbCr of BT.601 and BT.709, each channel from 16 to 235 or 240, turned into RGB by the standards' formulas."""
    rng = np.random.default_rng(0)
    luma = np.repeat(np.repeat(rng.integers(60, 200, (6, 8)), 16, 0), 16, 1).astype(np.uint8)
    chroma = [np.repeat(np.repeat(rng.integers(100, 156, (6, 8)), 8, 0), 8, 1).astype(np.uint8) for _ in range(2)]
    with av.open(str(tmp_path / "film.mkv"), "w") as container:
        stream = container.add_stream("ffv1", rate=30)
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p"
        stream.codec_context.colorspace = colorspace
        frame = av.VideoFrame(128, 96, "yuv420p")
        for plane, values in zip(frame.planes, (luma, *chroma), strict=True):
            rows = np.zeros((plane.height, plane.line_size), np.uint8)
            rows[:, : plane.width] = values
            plane.update(rows)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    y, cb, cr = (
        (luma[::16, ::16] - 16.0) / 219,
        (chroma[0][::8, ::8] - 128.0) / 224,
        (chroma[1][::8, ::8] - 128.0) / 224,
    )
    r, b = y + 2 * (1 - red) * cr, y + 2 * (1 - blue) * cb
    expected = 255 * np.stack([r, (y - red * r - blue * b) / (1 - red - blue), b], -1)
    (stored,) = open_video(tmp_path / "film.mkv").read([0])
    assert np.abs(np.asarray(stored.picture())[8::16, 8::16] - expected).max() < 1.5  # rounded to whole numbers
    assert np.abs(np.asarray(stored.reduced((8, 6))) - expected).max() < 6  # a chroma sample reaches over the edge


def test_reducing_averages_all_pixels(tmp_path):
    path = film(tmp_path / "film.mkv", [10], codec="ffv1", textured=True, size=(160, 120))
    (frame,) = open_video(path).read([0])
    whole = np.asarray(frame.picture()).astype(float)
    blocks = whole.reshape(15, 8, 20, 8, 3).mean((1, 3))
    assert np.abs(np.asarray(frame.reduced((20, 15))) - blocks).mean() < 1
    assert np.std(whole) > 10


def test_a_broken_frame_is_missing_and_those_that_build_upon_it(tmp_path):
    path = film(tmp_path / "film.mp4", range(30), textured=True, options={"g": "10", "bf": "0"})
    damage(path, [14])
    frames = list(open_video(path).read(range(30)))
    lost = [number for number, frame in enumerate(frames) if isinstance(frame, Missing)]
    assert lost == [14, 15, 16, 17, 18, 19]  # up to the next key frame
    assert frames[14].reason == f"{path}: frame 14 can't be decoded"
    assert [said(frame.picture()) for frame in frames[20:]] == list(range(20, 30))


def test_a_broken_key_frame_costs_its_group_also_with_frames_out_of_order(tmp_path):
    path = film(tmp_path / "film.mp4", range(30), textured=True, options={"g": "10", "bf": "2"})
    damage(path, [10])
    read = numbers(open_video(path))
    assert read == [*range(10), *[None] * 10, *range(20, 30)]


def test_where_each_frame_stands_alone_only_the_broken_one_is_missing(tmp_path):
    path = film(tmp_path / "film.avi", range(30), codec="mjpeg", textured=True)
    damage(path, [4, 29], share=0.5)
    assert numbers(open_video(path)) == [*range(4), None, *range(5, 29), None]


def test_a_broken_first_frame_does_not_end_it(tmp_path):
    path = film(tmp_path / "film.avi", range(6), codec="mjpeg", textured=True)
    damage(path, [0])
    assert numbers(open_video(path)) == [None, *range(1, 6)]


def test_a_file_that_was_cut_off_gives_what_it_holds_or_says_why_not(tmp_path):
    path = film(tmp_path / "film.mp4", range(30), textured=True, options={"g": "10"})
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(
        ValueError, match=r"film\.mp4 can't be read as a video \(moov atom not found: it is cut off"
    ) as told:
        open_video(path)
    assert "\n" not in str(told.value)
    assert av.logging.get_level() is None
    path = film(tmp_path / "begun.mkv", range(30), textured=True, options={"g": "10"})
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    video = open_video(path)
    assert 5 < len(video) < 25
    assert numbers(video) == list(range(len(video)))


def test_files_that_are_no_videos_are_named(tmp_path):
    (tmp_path / "left.mp4").write_bytes(b"no video")
    with pytest.raises(ValueError, match=r"left\.mp4 can't be read as a video"):
        open_video(tmp_path / "left.mp4")
    with av.open(str(tmp_path / "sound.mkv"), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
        container.mux(stream.encode(None))
    with pytest.raises(ValueError, match=r"sound\.mkv can't be read as a video \(it holds none\)"):
        open_video(tmp_path / "sound.mkv")
    with pytest.raises(ValueError, match=r"none\.mp4 can't be read as a video \(No such file"):
        open_video(tmp_path / "none.mp4")


def test_pictures_are_those_of_pillow(tmp_path):
    (frame,) = open_video(film(tmp_path / "film.mkv", [7], codec="ffv1")).read([0])
    picture = frame.picture()
    assert isinstance(picture, Image.Image)
    assert (picture.mode, picture.size) == ("RGB", (64, 48))
    assert abs(np.asarray(picture).astype(int) - 82).max() <= 1


@pytest.mark.parametrize("turn", [0, 90])
def test_small_pictures_of_large_frames_are_those_of_their_whole_pictures(tmp_path, turn):
    path = film(tmp_path / "film.mp4", [3, 4], textured=True, size=(720, 480), options={"crf": "0"}, turn=turn)
    frames = list(open_video(path).read([0, 1]))
    small, tiny = ((330, 220), (48, 32)) if not turn else ((220, 330), (32, 48))
    for frame in frames:
        for size in (small, tiny):
            expected = np.asarray(frame.picture().resize(size, Image.Resampling.HAMMING)).astype(float)
            assert np.abs(np.asarray(frame.reduced(size)) - expected).mean() < (1 if size == tiny else 4)
        assert np.std(expected) > 1
    assert frames[0].reformatters is frames[1].reformatters


def test_a_frame_is_averaged_once_for_all_small_pictures(tmp_path):
    (frame,) = open_video(film(tmp_path / "film.mp4", [3], size=(720, 480))).read([0])
    assert frame.reduced((SMALL, 213)) is frame.reduced((SMALL, 213))
    frame.reduced((48, 32)), frame.reduced((96, 64))
    assert list(frame.reformatters) == [((SMALL, 213), AREA)]
