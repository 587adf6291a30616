"""Tests of what a data set knows of the files that it was made of."""

import os

from tfkeypoints.data.provenance import changes, digest, fingerprint


def written(folder, **contents):
    for name, content in contents.items():
        (folder / name).write_text(content)
    return [folder / name for name in contents]


def test_what_became_of_files_is_said(tmp_path):
    before = fingerprint(written(tmp_path, a="1", b="2", c="3"), tmp_path)
    (tmp_path / "a").unlink()
    (tmp_path / "b").write_text("4")
    after = fingerprint(written(tmp_path, c="3", d="5", e="6") + [tmp_path / "b"], tmp_path, before)
    assert changes(before, after) == ["2 files added: d, e", "1 file removed: a", "1 file with other content: b"]
    assert digest(before) != digest(after)


def test_files_that_were_only_touched_or_moved_are_the_same(tmp_path):
    before = fingerprint(written(tmp_path, a="1", b="2"), tmp_path)
    os.utime(tmp_path / "a", ns=(1, 1))
    after = fingerprint([tmp_path / "b", tmp_path / "a"], tmp_path, before)
    assert changes(before, after) == []
    assert digest(before) == digest(after)


def test_a_content_of_the_same_length_that_was_put_back_in_time_is_not_read_again(tmp_path):
    (path,) = written(tmp_path, a="1")
    before = fingerprint([path], tmp_path)
    time = path.stat().st_mtime_ns
    path.write_text("2")
    os.utime(path, ns=(time, time))
    assert changes(before, fingerprint([path], tmp_path, before)) == []
    assert changes(before, fingerprint([path], tmp_path)) == ["1 file with other content: a"]


def test_many_names_are_cut_short_and_files_outside_have_their_whole_path(tmp_path):
    files = [{"name": str(number), "sha256": "0"} for number in range(7)]
    assert changes([], files) == ["7 files added: 0, 1, 2, 3, 4 …"]
    (path,) = written(tmp_path, a="1")
    assert fingerprint([path], tmp_path / "other")[0]["name"] == str(path)
