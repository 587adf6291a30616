"""Photos, masks and cameras of an object are found by their names, and what is left out is told."""

import dataclasses
import json
import shutil

import numpy as np
import pytest
from PIL import Image

from tests.data.captures import drawn
from tfkeypoints.data.captures.find import find_captures, read_capture

BALLS = drawn.make(photos=4)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return BALLS.write(tmp_path_factory.mktemp("find") / "balls")


@pytest.fixture
def folder(written, tmp_path):
    return shutil.copytree(written, tmp_path / "balls")


def edit(folder, change):
    """Changes the frames of a transforms.json."""
    path = folder / "transforms.json"
    content = json.loads(path.read_text())
    change(content["frames"])
    path.write_text(json.dumps(content))


@pytest.mark.parametrize("form", ["transforms", "native", "colmap"])
def test_each_form_of_cameras_gives_the_same(form, tmp_path):
    capture = read_capture(BALLS.write(tmp_path / "balls", form))
    points = np.random.default_rng(0).normal(size=(4, 3)) / 4
    np.testing.assert_allclose(capture.calibration.project(points), BALLS.calibration.project(points), atol=1e-6)
    assert [photo.source.paths[0].name for photo in capture.photos] == [f"p0{number}.png" for number in range(4)]
    assert capture.remarks == ()


@pytest.mark.parametrize("name", ["./images/p02", "p02.png", "p02", "/elsewhere/photos/p02.png", "images\\p02.png"])
def test_names_are_paths_from_the_object_or_its_images_with_or_without_suffix(folder, name):
    edit(folder, lambda frames: frames[2].update(file_path=name))
    capture = read_capture(folder)
    paths = {photo.name: photo.source.paths[0].name for photo in capture.photos}
    assert paths[name] == "p02.png"


def test_frames_without_photos_and_photos_without_cameras_are_counted(folder):
    edit(folder, lambda frames: frames.pop(1))
    (folder / "images" / "p03.png").unlink()
    capture = read_capture(folder)
    assert [photo.name for photo in capture.photos] == ["images/p00.png", "images/p02.png"]
    assert "1 of 3 cameras have no photo: images/p03.png" in capture.remarks
    assert "1 of 3 photos have no camera, and are left out: p01.png" in capture.remarks


def test_larger_photos_take_their_camera_with_them(folder):
    for number in (0, 2):
        path = folder / "images" / f"p0{number}.png"
        image = Image.open(path)
        image.resize((2 * image.width, 2 * image.height)).save(path)
    capture = read_capture(folder)
    assert capture.calibration.sizes.tolist() == [[160, 208], [80, 104], [160, 208], [80, 104]]
    (remark,) = capture.remarks
    assert "2 times as large" in remark and "and 1 more of the kind" in remark
    points = np.array([[0.1, 0.2, 0.3]])
    expected = 2 * BALLS.calibration.project(points)[0] + 0.5  # about the corner of the first pixel
    np.testing.assert_allclose(capture.calibration.project(points)[0], expected, atol=1e-9)


def test_one_photo_is_too_few_and_the_message_tells_names(folder):
    for number in (1, 2, 3):
        (folder / "images" / f"p0{number}.png").unlink()
    with pytest.raises(
        ValueError, match=r"balls should hold 2 or more photos that transforms\.json names.*Received: 1"
    ):
        read_capture(folder)


def test_a_photo_that_two_frames_name_is_refused(folder):
    edit(folder, lambda frames: frames[1].update(file_path="p00.png"))
    with pytest.raises(ValueError, match="each photo once"):
        read_capture(folder)


def test_an_object_without_cameras_and_a_folder_without_objects_are_refused(folder, tmp_path):
    (folder / "transforms.json").unlink()
    assert find_captures(tmp_path) == [folder]  # it has images: so it is named, not passed over
    with pytest.raises(ValueError, match=r"should hold transforms\.json"):
        read_capture(folder)
    with pytest.raises(ValueError, match="which is that of one object"):
        find_captures(folder)
    with pytest.raises(ValueError, match="which holds none"):
        find_captures(folder / "images")
    with pytest.raises(ValueError, match="should be a folder"):
        find_captures(tmp_path / "nowhere")


def write_mask(folder, values, name="p00.png", mode=None):
    (folder / "masks").mkdir(exist_ok=True)
    image = Image.fromarray(values)
    if mode == "P":
        image.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0] + [0] * 759)
    image.save(folder / "masks" / name)


OBJECT = np.zeros((104, 80), np.uint8)
OBJECT[20:60, 30:50] = 1


@pytest.mark.parametrize(
    ("values", "name", "mode"),
    [
        (255 * OBJECT, "p00.png", None),
        (OBJECT, "p00.png", None),  # 0 and 1
        (2 * OBJECT, "p00.png", "P"),  # the number of an object, whose color is dark green
        (np.stack([255 * OBJECT] * 3, -1), "p00.jpg", None),
        (np.stack([255 * np.ones_like(OBJECT)] * 3 + [255 * OBJECT], -1), "p00.png", None),  # white, cut out
        ((65535 * OBJECT.astype(np.int32)).astype(np.uint16), "p00.png", None),
        (255 * OBJECT, "p00.png.png", None),  # as COLMAP names masks
        (255 * OBJECT.repeat(2, 0).repeat(2, 1), "p00.png", None),  # twice as large
    ],
)
def test_masks_of_all_kinds_tell_the_same_object(folder, values, name, mode):
    write_mask(folder, values, name, mode)
    photo = read_capture(folder).photos[0]
    assert photo.mask is not None
    alpha = photo.read()[..., 3].astype(int)
    quality = 90 if name.endswith("jpg") else 0  # JPEG's edges ring
    assert np.abs(alpha - 255 * OBJECT).max() <= (130 if quality or len(values) != 104 else 0)
    silhouette = photo.silhouette()
    assert (silhouette != OBJECT.astype(bool)).mean() < 0.02


def test_specks_of_a_mask_are_no_part_of_the_silhouette(folder):
    mask = 255 * OBJECT
    mask[100, 2:4] = 255
    write_mask(folder, mask)
    np.testing.assert_array_equal(read_capture(folder).photos[0].silhouette(), OBJECT.astype(bool))


def test_a_mask_of_another_form_and_none_at_all_are_named(folder):
    write_mask(folder, 255 * OBJECT[:80])
    with pytest.raises(ValueError, match=r"masks/p00.png should have the form of its photo, 80 × 104.*80 × 80"):
        read_capture(folder).photos[0].read()
    path = folder / "images" / "p01.png"
    Image.open(path).convert("RGB").save(path)
    with pytest.raises(ValueError, match=r"p01.png should have transparent pixels.*Received: neither"):
        read_capture(folder).photos[1].read()


def test_of_several_camera_files_the_first_is_read_and_that_is_told(folder):
    moved = dataclasses.replace(BALLS, calibration=drawn.make(seed=3, photos=4).calibration)
    moved.write(folder / "other", "colmap")
    shutil.move(folder / "other" / "sparse", folder / "sparse")
    shutil.rmtree(folder / "other")
    capture = read_capture(folder)
    assert capture.cameras == "transforms.json"
    assert "cameras are read from transforms.json, not from sparse/0" in capture.remarks
