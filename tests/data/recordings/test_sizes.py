"""Images of another size than the camera file says: whole factors and known turns are applied, the rest refused."""

import numpy as np
import pytest
from PIL import Image

from tests import reference
from tests.data.recordings.films import film
from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.data.recordings import find_recording
from tfkeypoints.data.recordings.sizes import fitted


def cameras(*sizes):
    intrinsics, extrinsics = reference.random_cameras(np.random.default_rng(0), (len(sizes),))
    return Calibration(("left", "right")[: len(sizes)], np.array(sizes), intrinsics, extrinsics)


def recording(folder, *sizes):
    for name, size in zip(("left", "right"), sizes, strict=False):
        (folder / name).mkdir()
        Image.new("RGB", size).save(folder / name / "0.png")
    return find_recording(folder, ("left", "right")[: len(sizes)])


def test_equal_sizes_change_nothing(tmp_path):
    calibration = cameras((64, 48), (50, 80))
    found, same, remarks = fitted(recording(tmp_path, (64, 48), (50, 80)), calibration)
    assert remarks == []
    np.testing.assert_array_equal(same.sizes, calibration.sizes)
    assert found.sizes.tolist() == [[64, 48], [50, 80]]


@pytest.mark.parametrize(
    ("size", "said"),
    [
        ((960, 540), "smaller by the factor 2"),
        ((640, 360), "smaller by the factor 3"),
        ((3840, 2160), "2 times as large"),
    ],
)
def test_a_whole_factor_scales_the_camera(tmp_path, size, said):
    calibration = cameras((1920, 1080))
    _, scaled, (remark,) = fitted(recording(tmp_path, size), calibration)
    assert said in remark and "`left`" in remark
    points = np.array([[0.1, 0.2, 0.3], [-0.2, 0.1, 0.0]])
    # The edges of the images stay where they are: x + 1/2 is scaled, with the centre of the first pixel at 0.
    expected = (calibration.project(points) + 0.5) * size[0] / 1920 - 0.5
    np.testing.assert_allclose(scaled.project(points), expected, rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize("size", [(540, 270), (541, 271)])
def test_sides_that_are_no_multiple_are_rounded_either_way(tmp_path, size):
    _, scaled, _ = fitted(recording(tmp_path, size), cameras((1081, 541)))
    assert scaled.sizes.tolist() == [list(size)]


@pytest.mark.parametrize("size", [(1080, 1920), (1088, 1080), (1280, 720), (544, 480), (1089, 1921)])
def test_a_crop_or_any_other_size_is_refused_with_what_to_give(tmp_path, size):
    with pytest.raises(ValueError, match=r"`left` should have 1088 × 1920.*subtract the columns.*Received: ") as told:
        fitted(recording(tmp_path, size), cameras((1088, 1920)))
    assert str(told.value).endswith(f"Received: {size[0]} × {size[1]}")


def test_a_quarter_turn_that_no_file_tells_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"`right` should have 64 × 48.*turned by a quarter.*Received: 48 × 64"):
        fitted(recording(tmp_path, (64, 48), (48, 64)), cameras((64, 48), (64, 48)))


def test_a_video_that_fits_only_as_it_is_stored_is_not_turned(tmp_path):
    film(tmp_path / "left.mp4", [5], turn=90, size=(64, 48))
    found = find_recording(tmp_path, ("left",))
    assert found.sizes.tolist() == [[48, 64]]
    as_stored, calibration, (remark,) = fitted(found, cameras((64, 48)))
    assert "`left` are read as they are stored" in remark
    assert calibration.sizes.tolist() == as_stored.sizes.tolist() == [[64, 48]]
    ((image,),) = as_stored
    assert image.size == (64, 48)
    upright, _, remarks = fitted(found, cameras((48, 64)))
    assert (remarks, upright.sizes.tolist()) == ([], [[48, 64]])


def test_an_image_that_fits_only_as_it_is_stored_is_not_turned_and_scaled_besides(tmp_path):
    stored = np.zeros((48, 64, 3), np.uint8)
    stored[:24] = 200
    exif = Image.Exif()
    exif[0x0112] = 6
    (tmp_path / "left").mkdir()
    Image.fromarray(stored).save(tmp_path / "left" / "0.png", exif=exif)
    found = find_recording(tmp_path, ("left",))
    assert found.sizes.tolist() == [[48, 64]]
    as_stored, calibration, remarks = fitted(found, cameras((128, 96)))
    assert len(remarks) == 2
    assert calibration.sizes.tolist() == [[64, 48]]
    ((image,),) = as_stored
    np.testing.assert_array_equal(np.asarray(image), stored)


def test_black_bars_tell_that_images_were_scaled_to_fit_between_them(tmp_path):
    """64 × 96 pixels into 60 × 96: scaled by 60 / 64 to 60 × 90, with 3 rows of black above and below."""
    calibration = cameras((64, 96))
    picture = np.full((96, 60, 3), 120, np.uint8)
    picture[:3] = picture[-3:] = 4
    (tmp_path / "left").mkdir()
    Image.fromarray(picture).save(tmp_path / "left" / "0.png")
    _, scaled, (remark,) = fitted(find_recording(tmp_path, ("left",)), calibration)
    assert "0.9375" in remark and "bars of 3.0 pixels" in remark
    points = np.array([[0.1, 0.2, 0.3], [-0.2, 0.1, 0.0]])
    expected = (calibration.project(points) + 0.5) * 60 / 64 - 0.5 + [0, 3]
    np.testing.assert_allclose(scaled.project(points), expected, rtol=1e-12, atol=1e-9)
    picture[3:6] = picture[-6:-3] = 4  # a black edge of the scene, or other bars: it can't be known
    Image.fromarray(picture).save(tmp_path / "left" / "0.png")
    with pytest.raises(ValueError, match="64 × 96"):
        fitted(find_recording(tmp_path, ("left",)), calibration)
