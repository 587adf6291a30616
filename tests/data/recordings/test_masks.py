"""A user's masks are found beside the frames that they belong to; what is missing or has another size is an error."""

import numpy as np
import pytest
from PIL import Image

from tests.data.recordings.films import film
from tfkeypoints.data.recordings import find_masks, find_recording

NAMES = ("left", "right")
SIZE = (8, 6)


def save(path, image):
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)


def square(number, white=255, mode="L", size=SIZE):
    """A mask whose column `number` is the subject."""
    values = np.zeros(size[::-1], np.uint8)
    values[:, number] = white
    return Image.fromarray(values).convert(mode)


@pytest.fixture
def folder(tmp_path):
    """Images 8, 9, 10 of two cameras."""
    for name in NAMES:
        for number in (8, 9, 10):
            save(tmp_path / name / f"img{number}.png", Image.new("RGB", SIZE, (50 + number,) * 3))
    return tmp_path


def columns(masks):
    """Which columns of each mask are the subject, by time and camera."""
    return [[sorted({int(x) for x in np.nonzero(np.asarray(mask) > 127)[1]}) for mask in frame] for frame in masks]


def test_masks_belong_to_frames_by_name_by_number_or_one_after_another(folder):
    for place, number in enumerate((8, 9, 10)):
        save(folder / "masks" / "left" / f"img{number}.png", square(place))
        save(folder / "masks" / "right" / f"{number - 8:05d}_mask.png", square(5 - place))
    recording = find_recording(folder, NAMES)
    masks = find_masks(folder, recording)
    assert columns(masks) == [[[0], [5]], [[1], [4]], [[2], [3]]]
    assert masks.labels == recording.labels == (8, 9, 10)
    assert masks.remarks == ("the subject is what masks/ says",)


def test_masks_of_other_numbers_go_with_theirs_and_not_with_the_order(folder):
    for number in (10, 9, 8, 7):
        for name in NAMES:
            save(folder / "masks" / name / f"mask_{number}.png", square(number - 7))
    assert columns(find_masks(folder, find_recording(folder, NAMES)))[0] == [[1], [1]]


@pytest.mark.parametrize("kind", ["labels", "palette", "one bit", "16 bits", "alpha", "grey"])
def test_what_counts_as_the_subject(folder, kind):
    image = {
        "labels": square(3, 2),
        "palette": square(3, 2),
        "one bit": square(3, 255, "1"),
        "16 bits": Image.fromarray(np.uint16(257) * np.asarray(square(3)).astype(np.uint16)),
        "alpha": Image.merge("LA", [Image.new("L", SIZE, 200), square(3)]),
        "grey": Image.fromarray(np.where(np.asarray(square(3)) > 0, 140, 110).astype(np.uint8)),
    }[kind]
    if kind == "palette":
        image.putpalette([0, 0, 0, 9, 9, 9, 128, 0, 0])  # a dark color for what is the subject
    for name in NAMES:
        for number in (8, 9, 10):
            save(folder / "masks" / name / f"img{number}.png", image)
    assert columns(find_masks(folder, find_recording(folder, NAMES))) == [[[3], [3]]] * 3


def test_masks_may_be_videos(folder):
    pytest.importorskip("av", reason="PyAV is not installed (extra `video`)")
    for name in NAMES:
        film(folder / "masks" / f"{name}.mp4", range(3), size=SIZE)
    masks = find_masks(folder, find_recording(folder, NAMES))
    assert masks.sizes.tolist() == [list(SIZE)] * 2
    film(folder / "masks" / "left.mp4", range(2), size=SIZE)
    with pytest.raises(ValueError, match=r"left.mp4 should have a frame for each of `left`, 3. Received: 2"):
        find_masks(folder, find_recording(folder, NAMES))


def test_alpha_channels_of_all_cameras_are_masks(folder):
    recording = find_recording(folder, NAMES)
    assert find_masks(folder, recording) is None
    for name in NAMES:
        assert find_masks(folder, find_recording(folder, NAMES)) is None
        for number in (8, 9, 10):
            image = Image.merge("RGBA", [*Image.new("RGB", SIZE).split(), square(number - 8)])
            save(folder / name / f"img{number}.png", image)
    masks = find_masks(folder, find_recording(folder, NAMES))
    assert columns(masks) == [[[0], [0]], [[1], [1]], [[2], [2]]]
    assert "not transparent" in masks.remarks[0]


def test_the_folder_of_masks_is_no_camera(folder):
    save(folder / "masks" / "00.png", square(0))
    (folder / "left").rename(folder / "A_left")
    assert find_recording(folder, NAMES).remarks == ("`left` is taken from A_left, whose name holds the camera's",)


def test_masks_are_called_like_the_camera_or_like_its_own_folder(folder):
    (folder / "left").rename(folder / "A_left")
    for name in ("A_left", "right"):
        for number in (8, 9, 10):
            save(folder / "masks" / name / f"img{number}.png", square(number - 8))
    assert columns(find_masks(folder, find_recording(folder, NAMES)))[2] == [[2], [2]]


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        (["left"], "none for left"),
        (["left/img9.png"], "Received: 2 masks, none for frame 9"),
        (["left", "right"], "Received: nothing; none for left, right"),
    ],
)
def test_missing_masks_are_named(folder, missing, message):
    for name in NAMES:
        for number in (8, 9, 10):
            if not {name, f"{name}/img{number}.png"} & set(missing):
                save(folder / "masks" / name / f"img{number}.png", square(0))
    (folder / "masks").mkdir(exist_ok=True)
    with pytest.raises(ValueError, match=message):
        find_masks(folder, find_recording(folder, NAMES))


def test_masks_of_another_size_are_refused_by_file(folder):
    for name in NAMES:
        for number in (8, 9, 10):
            save(folder / "masks" / name / f"img{number}.png", square(0))
    save(folder / "masks" / "right" / "img9.png", square(0, size=(6, 8)))
    masks = find_masks(folder, find_recording(folder, NAMES))
    with pytest.raises(ValueError, match=r"img9.png should have 8 × 6 pixels .* Received: 6 × 8"):
        list(masks)
    save(folder / "masks" / "right" / "img8.png", square(0, size=(4, 3)))
    with pytest.raises(ValueError, match=r"Received: for `right` 4 × 3, and images of 8 × 6"):
        find_masks(folder, find_recording(folder, NAMES))
