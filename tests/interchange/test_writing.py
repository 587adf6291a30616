"""What cannot be written is told before a recording is predicted."""

import dataclasses
import importlib.util

import numpy as np
import pytest

from tfkeypoints import interchange
from tfkeypoints.commands.predict import Predict
from tfkeypoints.interchange import writing


def test_the_command_offers_every_format():
    options = Predict.__dataclass_fields__["also"].type
    assert all(f'"{name}"' in str(options) or f"'{name}'" in str(options) for name in interchange.NAMES)


def test_several_formats_are_written_beside_each_other(poses, tmp_path):
    writing.check(["anipose", "trc"], poses.layout)
    paths = writing.write(["anipose", "trc"], tmp_path / "named", lambda: iter([poses]))
    assert [path.name for path in paths] == ["named_anipose.csv", "named.trc"]
    assert sorted(tmp_path.iterdir()) == sorted(paths)


def test_what_is_lacking_is_told(layout, monkeypatch):
    with pytest.raises(ValueError, match=r"`also` should be of anipose, dlc.*Received: also=bvh"):
        writing.check(["bvh"], layout)
    with pytest.raises(ValueError, match=r"`also` trc: OpenSim's markers needs the length unit.*--unit"):
        writing.check(["anipose", "trc"], dataclasses.replace(layout, unit=None))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"`also` c3d needs the extra: pip install 'tfkeypoints\[interchange\]'"):
        writing.check(["c3d"], layout)
    writing.check(["dlc"], layout)


def test_frames_are_numbered_and_named_as_their_sources_are(layout):
    assert layout.numbers.tolist() == [10, 11, 12, 13, 15, 16, 17]
    named = dataclasses.replace(layout, frames=("a", 2, 3, 4, 5, 6, 7))
    np.testing.assert_array_equal(named.numbers, np.arange(7))
    assert layout.source_names[3].tolist() == ["", "", "img003"]


def test_seconds_are_the_times_where_something_tells_them(layout):
    assert layout.seconds is layout.times
    with pytest.raises(ValueError, match=r"`times` should be known for this format\. Received: times=None"):
        _ = dataclasses.replace(layout, times=None).seconds
