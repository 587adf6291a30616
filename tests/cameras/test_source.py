"""Files as text: encodings and byte order marks, which are never part of a key."""

import codecs

import pytest

from tests.cameras.formats.test_anipose import RIG
from tests.cameras.formats.test_native import record
from tfkeypoints.calibration import read_calibration
from tfkeypoints.cameras.source import Source, natural

ENCODED = {
    "utf-8": lambda text: text.encode(),
    "utf-8 with mark": lambda text: codecs.BOM_UTF8 + text.encode(),
    "utf-16 little": lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
    "utf-16 big": lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
    "lines end as in Windows": lambda text: text.replace("\n", "\r\n").encode(),
}


@pytest.mark.parametrize("encoding", ENCODED)
def test_a_file_reads_alike_in_every_encoding(write, encoding):
    text = RIG.replace('"left"', '"Kamera für links"')
    path = write(ENCODED[encoding](text), "calibration.toml")
    assert Source(path).text == text
    assert read_calibration(path).names == ("Kamera für links", "right")


@pytest.mark.parametrize("encoding", ENCODED)
def test_a_byte_order_mark_is_no_part_of_the_first_key(write, encoding):
    import json

    path = write(ENCODED[encoding](json.dumps({"left": record()})))
    assert read_calibration(path).names == ("left",)
    plain = write(ENCODED[encoding]("left: 1\n"))
    assert Source(plain).text == "left: 1\n"


def test_files_of_a_folder_come_in_natural_order_without_hidden_ones(write, tmp_path):
    for name in ("cam10.yml", "cam2.yml", ".cam1.yml", "a.yml"):
        write("", f"rig/{name}")
    (tmp_path / "rig/folder").mkdir()
    assert [source.path.name for source in Source(tmp_path / "rig").files] == ["a.yml", "cam2.yml", "cam10.yml"]


def test_names_sort_by_the_numbers_in_them():
    names = ["b", "a10", "a2", "10", "9", "a²", "a2b"]
    assert sorted(names, key=natural) == ["9", "10", "a2", "a2b", "a10", "a²", "b"]


def test_xml_with_entities_is_not_read(write):
    text = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    assert Source(write(text)).xml is None
    assert Source(write('<?xml version="1.0" encoding="UTF-16"?>\n<a>é</a>')).xml.text == "é"
