import base64
import io

import numpy as np
import pytest
from PIL import ExifTags, Image

from tests.serving.examples import encode
from tfkeypoints.serving import payloads
from tfkeypoints.serving.batching import BadRequest

CAMERA_INPUTS = {name: {"dtype": "float32"} for name in ("intrinsics", "extrinsics")}
OFFERED = {
    "detect": {"image": {"dtype": "uint8"}, **CAMERA_INPUTS},
    "detect_encoded": {"image_bytes": {"dtype": "string"}, **CAMERA_INPUTS},
}
CAMERAS = {"intrinsics": [np.eye(3).tolist()], "extrinsics": [np.eye(4).tolist()]}


def test_rows_become_a_batch_of_the_signatures_types():
    row = {"image": [[[[0, 128, 255]]]], **CAMERAS}
    signature, inputs = payloads.from_json({"instances": [row, row]}, OFFERED)
    assert signature == "detect"
    assert {name: (value.dtype, value.shape) for name, value in inputs.items()} == {
        "image": (np.uint8, (2, 1, 1, 1, 3)),
        "intrinsics": (np.float32, (2, 1, 3, 3)),
        "extrinsics": (np.float32, (2, 1, 4, 4)),
    }
    assert inputs["image"].ravel().tolist() == [0, 128, 255] * 2


def test_bytes_are_read_from_base64():
    png = encode(np.zeros((2, 3, 3), np.uint8))
    row = {"image_bytes": [{"b64": base64.b64encode(png).decode()}], **CAMERAS}
    signature, inputs = payloads.from_json({"signature_name": "detect_encoded", "instances": [row]}, OFFERED)
    assert signature == "detect_encoded" and inputs["image_bytes"].tolist() == [[png]]


def test_answers_come_as_the_request_did():
    answer = {"uv": np.arange(4.0).reshape(2, 2), "depth": np.array([[5.0], [6.0]])}
    assert payloads.to_json({"inputs": {}}, answer) == {"outputs": {"uv": [[0, 1], [2, 3]], "depth": [[5], [6]]}}
    assert payloads.to_json({"instances": []}, answer) == {
        "predictions": [{"uv": [0, 1], "depth": [5]}, {"uv": [2, 3], "depth": [6]}]
    }


@pytest.mark.parametrize("values", [[], [[1], [2, 3]], ["a"], None, {"b64": ""}, [True], [[None]]])
def test_what_are_no_numbers_is_refused_by_name(values):
    with pytest.raises(BadRequest, match="`intrinsics` should be"):
        payloads.as_array("intrinsics", values, "float32")


@pytest.mark.parametrize("form", ["GIF", "BMP", "TIFF"])
def test_other_image_formats_are_refused(form):
    with pytest.raises(BadRequest, match="should be a whole PNG or JPEG"):
        payloads.check_image(encode(np.zeros((2, 3, 3), np.uint8), form))


def quadrants():
    """An image whose corners differ, in whole blocks of JPEG: 64 × 96 pixels."""
    corners = np.array([[[250, 0, 0], [0, 250, 0]], [[0, 0, 250], [250, 250, 250]]], np.uint8)
    return corners.repeat(32, 0).repeat(48, 1)


def oriented(orientation, form):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return encode(quadrants(), form, exif=exif)


UPRIGHT = {2: np.fliplr, 3: lambda pixels: np.rot90(pixels, 2), 6: lambda pixels: np.rot90(pixels, -1), 8: np.rot90}
"""What EXIF's orientations ask for, of those that cameras write."""


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
@pytest.mark.parametrize("orientation", UPRIGHT)
def test_an_image_is_turned_upright_as_its_exif_tells(orientation, form):
    (found,) = payloads.as_encoded([[oriented(orientation, form)]])[0]
    with Image.open(io.BytesIO(found)) as image:
        assert image.format == form and image.getexif().get(ExifTags.Base.Orientation, 1) == 1
        pixels = np.asarray(image).astype(int)
    expected = UPRIGHT[orientation](quadrants())
    assert pixels.shape == expected.shape
    assert np.abs(pixels - expected).mean() <= (0 if form == "PNG" else 5)


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_an_image_that_is_upright_keeps_its_bytes(form):
    for image in (oriented(1, form), oriented(0, form), encode(quadrants(), form)):
        assert payloads.as_encoded([[image]])[0, 0] is image


def test_an_image_that_breaks_off_and_is_to_be_turned_is_refused():
    image = oriented(6, "PNG")
    with pytest.raises(BadRequest, match="An image should be turned upright as its EXIF tells, but"):
        payloads.as_encoded([[image[: len(image) - 40]]])


def test_messages_stay_short():
    assert len(payloads.shorten([0.5] * 1000)) == 80


@pytest.mark.parametrize("image", [3, [[[[[1, 2, 3]]]]] * 2])
def test_inputs_of_another_batch_or_of_none_are_refused(image):
    inputs = {"image": image, **{name: [value] for name, value in CAMERAS.items()}}
    with pytest.raises(BadRequest, match=r"the same first axis, the batch. Received: image \["):
        payloads.from_json({"inputs": inputs}, OFFERED)
    with pytest.raises(BadRequest, match="the same first axis"):
        payloads.from_json({"inputs": {"image": 3, "intrinsics": 1, "extrinsics": 1}}, OFFERED)
