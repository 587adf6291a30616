"""Which version is served, with text files for models: "broken" ones can't be loaded."""

import logging
import os

import pytest

from tfkeypoints.serving.versions import Version, Versions


@pytest.fixture(autouse=True)
def loaded(monkeypatch):
    """The folders that were tried, in order."""
    tried = []

    def load(folder):
        tried.append(folder.name)
        if (folder / "saved_model.pb").read_text() == "broken":
            raise OSError("no model")
        return Version(int(folder.name), folder, {}, {}, {})

    monkeypatch.setattr(Version, "load", load)
    return tried


def put(folder, **models):
    for name, content in models.items():
        path = folder / name.removeprefix("v") / "saved_model.pb"
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)


def test_a_broken_newest_version_does_not_keep_an_older_one_from_being_served(tmp_path, caplog):
    put(tmp_path, v1="good", v9="good", v10="broken")
    assert Versions(tmp_path).newest.number == 9
    assert "10 can't be loaded and is not served: no model" in caplog.text


@pytest.mark.parametrize(("models", "sentence"), [({}, "hold versions"), ({"v1": "broken"}, "that can be loaded")])
def test_a_folder_without_a_version_that_can_be_loaded_is_refused(tmp_path, models, sentence):
    put(tmp_path, **models)
    with pytest.raises(ValueError, match=f"`folder` should .*{sentence}.* Received: folder="):
        Versions(tmp_path)


def test_a_good_version_that_comes_with_a_broken_newer_one_takes_over(tmp_path):
    put(tmp_path, v1="good")
    versions = Versions(tmp_path)
    put(tmp_path, v2="good", v3="broken")
    versions.refresh()
    assert versions.newest.number == 2


def test_a_broken_version_is_tried_and_logged_once_until_it_changes(tmp_path, caplog, loaded):
    put(tmp_path, v1="good", v2="broken")
    versions = Versions(tmp_path)
    for _ in range(3):
        versions.refresh()
    assert loaded == ["2", "1"]
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    put(tmp_path, v2="good")
    os.utime(tmp_path / "2" / "saved_model.pb", (2e9, 2e9))
    versions.refresh()
    assert versions.newest.number == 2


def test_versions_below_the_one_in_use_are_not_looked_at(tmp_path, loaded):
    put(tmp_path, v5="good")
    versions = Versions(tmp_path)
    put(tmp_path, v4="good")
    versions.refresh()
    assert loaded == ["5"]
