"""Images are read in 8 bits a color, upright; grey values of 16 bits by their range."""

import numpy as np
import pytest
from PIL import Image

from tfkeypoints.data.recordings.images import find_images, image_size, read_image, used_bits

RAMP = np.linspace(0, 1, 48).reshape(6, 8)


def grey(path, bits, **options):
    values = np.round(RAMP * (2**bits - 1)).astype(np.uint16)
    Image.fromarray(values).save(path, **options)
    return path


@pytest.mark.parametrize("name", ["grey.png", "grey.tif"])
@pytest.mark.parametrize("bits", [10, 12, 14, 16])
def test_grey_values_of_16_bits_are_scaled_by_their_range(tmp_path, name, bits):
    image = read_image(grey(tmp_path / name, bits), bits)
    assert image.mode == "RGB"
    expected = np.repeat(255 * RAMP[..., None], 3, -1)
    assert np.abs(np.asarray(image) - expected).max() <= 0.5 + 255 / (2**bits - 1)  # rounded once more


def test_tiff_of_other_byte_order_is_read_alike(tmp_path):
    values = np.round(RAMP * 65535).astype(">u2")
    header = b"MM\x00\x2a\x00\x00\x00\x08"
    tags = [(256, 3, 8), (257, 3, 6), (258, 3, 16), (259, 3, 1), (262, 3, 1), (273, 4, 110), (277, 3, 1), (279, 4, 96)]
    content = header + len(tags).to_bytes(2, "big")
    for tag, kind, value in tags:
        content += tag.to_bytes(2, "big") + kind.to_bytes(2, "big") + (1).to_bytes(4, "big")
        content += value.to_bytes(2, "big") + b"\0\0" if kind == 3 else value.to_bytes(4, "big")
    content += b"\0\0\0\0"
    (tmp_path / "grey.tiff").write_bytes(content + values.tobytes())
    assert len(content) == 110
    assert np.abs(np.asarray(read_image(tmp_path / "grey.tiff"))[..., 1] - 255 * RAMP).max() <= 0.51


def test_twelve_bits_are_detected_over_all_images(tmp_path):
    dark = grey(tmp_path / "0.png", 8)
    twelve = grey(tmp_path / "1.png", 12)
    assert used_bits([dark, twelve]) == 12
    assert used_bits([dark, twelve, grey(tmp_path / "2.png", 16)]) == 16
    many = [dark] * 500 + [grey(tmp_path / "3.png", 16)] * 50
    assert used_bits(many) == 16


def test_images_of_8_bits_broken_and_black_ones_say_nothing_about_bits(tmp_path):
    Image.new("L", (8, 6), 200).save(tmp_path / "8.png")
    (tmp_path / "broken.png").write_bytes(b"broken")
    Image.fromarray(np.zeros((6, 8), np.uint16)).save(tmp_path / "black.png")
    assert used_bits([tmp_path / "8.png", tmp_path / "broken.png", tmp_path / "black.png"]) == 16
    assert used_bits([tmp_path / "broken.png", grey(tmp_path / "1.png", 12)]) == 12


def test_values_beyond_the_bits_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"16\.png can't be read.*should have 12 bits, at most 4095.*65535"):
        read_image(grey(tmp_path / "16.png", 16), 12)


def test_colors_of_16_bits_are_read_by_their_range_and_refused_if_they_are_of_12(tmp_path):
    from struct import pack
    from zlib import compress, crc32

    def chunk(kind, content):
        return pack(">I", len(content)) + kind + content + pack(">I", crc32(kind + content))

    for bits in (16, 12):
        values = np.round(RAMP[..., None] * (2**bits - 1) * [1, 0.5, 0.25]).astype(">u2")
        rows = b"".join(b"\0" + row.tobytes() for row in values)
        header = chunk(b"IHDR", pack(">IIBBBBB", 8, 6, 16, 2, 0, 0, 0))
        content = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", compress(rows)) + chunk(b"IEND", b"")
        (tmp_path / f"{bits}.png").write_bytes(content)
    expected = 255 * RAMP[..., None] * [1, 0.5, 0.25]
    assert np.abs(np.asarray(read_image(tmp_path / "16.png")) - expected).max() <= 1.01  # the upper 8 bits
    with pytest.raises(ValueError, match=r"12\.png can't be read.*12 or less are used"):
        read_image(tmp_path / "12.png")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_images_are_turned_as_their_camera_was_held(tmp_path, orientation):
    stored = np.arange(48, dtype=np.uint16).reshape(6, 8) * 1000
    # EXIF 2.32, table 6: where the stored image's first row and first column belong.
    upright = {
        1: stored,
        2: stored[:, ::-1],
        3: stored[::-1, ::-1],
        4: stored[::-1],
        5: stored.T,
        6: stored[::-1].T,
        7: stored[::-1, ::-1].T,
        8: stored[:, ::-1].T,
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "image.png"
    for image, tolerance in ((Image.fromarray(stored), 1), (Image.fromarray((stored // 257).astype(np.uint8)), 1)):
        image.save(path, exif=exif)
        read = read_image(path)
        assert image_size(path) == (upright.shape[::-1], orientation >= 5)
        assert read.size == upright.shape[::-1]
        as_stored = np.asarray(read_image(path, upright=False))
        assert np.abs(as_stored[..., 0] - stored / 257).max() <= tolerance
        assert np.abs(np.asarray(read)[..., 0] - upright / 257).max() <= tolerance


def test_alpha_is_kept_and_opaque_images_have_none(tmp_path):
    Image.new("RGBA", (8, 6), (10, 20, 30, 40)).save(tmp_path / "cut.png")
    Image.new("L", (8, 6), 99).save(tmp_path / "grey.jpg", quality=100)
    Image.new("P", (8, 6)).save(tmp_path / "palette.png", transparency=0)
    assert read_image(tmp_path / "cut.png").getpixel((0, 0)) == (10, 20, 30, 40)
    assert read_image(tmp_path / "grey.jpg").getpixel((0, 0)) == (99, 99, 99)
    assert read_image(tmp_path / "palette.png").mode == "RGBA"


def test_what_is_no_single_image_of_whole_numbers_is_refused_by_name(tmp_path):
    pages = [Image.new("L", (8, 6), value) for value in (0, 255)]
    pages[0].save(tmp_path / "stack.tif", save_all=True, append_images=pages[1:])
    Image.fromarray(RAMP.astype(np.float32)).save(tmp_path / "float.tif")
    (tmp_path / "broken.png").write_bytes(b"broken")
    with pytest.raises(ValueError, match=r"stack\.tif can't be read.*2 pages"):
        read_image(tmp_path / "stack.tif")
    with pytest.raises(ValueError, match=r"float\.tif can't be read.*8 or 16 bits"):
        read_image(tmp_path / "float.tif")
    for read in (read_image, image_size):
        with pytest.raises(ValueError, match=r"broken\.png can't be read"):
            read(tmp_path / "broken.png")


def test_hidden_files_and_files_that_are_no_images_are_set_apart(tmp_path):
    for name in ("2.png", "1.JPG", "3.tiff", "._1.JPG", ".DS_Store", "notes.txt"):
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    images, others = find_images(tmp_path)
    assert [path.name for path in images] == ["1.JPG", "2.png", "3.tiff"]
    assert [path.name for path in others] == [".DS_Store", "._1.JPG", "notes.txt"]
