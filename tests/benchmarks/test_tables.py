"""The tables of the pages are those of the numbers that the benchmarks kept."""

import json

import pytest

from tests.docs import pages

KEPT = sorted((pages.ROOT / "docs" / "tables").glob("*.json"))


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_a_kept_table_stands_in_a_page_as_its_numbers_make_it(path):
    import tables

    assert any(tables.kept(path) in pages.read(page) for page in pages.PAGES), tables.kept(path)


def test_mean_and_deviation_are_those_of_the_seeds(tmp_path):
    import tables

    path = tmp_path / "table.json"
    results = {"a": [{"error": 1.0}, {"error": 2.0}, {"error": 6.0}], "b": [{"error": 0.5}], "c": [{}]}
    told = tables.keep(path, "cm", {"mean error": "error"}, results)
    assert told.splitlines() == [
        "| cm | mean error |",
        "| --- | --- |",
        "| a | 3.000 ± 2.646 |",  # the deviation is sqrt((4 + 1 + 9) / 2)
        "| b | 0.5000 |",
        "| c | – |",
    ]
    assert json.loads(path.read_text())["results"] == results
    assert tables.kept(path) == told
