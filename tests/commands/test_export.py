import hashlib
import importlib.util
import json

import numpy as np
import pytest
from PIL import Image

from tfkeypoints import cli, files
from tfkeypoints.inference import export
from tfkeypoints.serving import formats


def test_a_run_is_exported_with_its_card_and_compared(run, tmp_path, capsys):
    assert cli.main(["export", str(run.folder), "--out", str(tmp_path / "chairs")]) == 0
    assert "largest relative difference" in capsys.readouterr().out
    assert [path.name for path in (tmp_path / "chairs").iterdir()] == ["1"]
    folder = tmp_path / "chairs" / "1"
    assert (folder / "saved_model.pb").exists()
    card = files.read_json(folder / "model_card.json")
    measured = files.read_json(run.metrics_file) if run.metrics_file.exists() else None
    assert (card["model"], card["num_keypoints"], card["views"], card["metrics"]) == ("keypointnet", 4, -1, measured)
    assert card["inputs"]["detect_encoded"]["image_bytes"] == {"dtype": "string", "shape": [-1, -1]}
    assert card["inputs"]["detect"]["image"] == {"dtype": "uint8", "shape": [-1, -1, 32, 32, 4]}
    text = json.dumps(json.loads(run.config_file.read_text()), sort_keys=True)
    assert card["config_sha256"] == hashlib.sha256(text.encode()).hexdigest()
    assert len(set(card["colors"])) == 4
    examples = files.read_json(folder / "examples" / "examples.json")
    assert 1 <= len(examples) <= 4  # of the two validation objects, an example each
    for row in examples:
        (name,) = row["images"]
        assert Image.open(folder / "examples" / name).size == (32, 32)
        assert np.shape(row["extrinsics"]) == (1, 4, 4)
    assert card["fits"][0].startswith("PNG or JPEG of any size; it is scaled and padded to 32 × 32 pixels")
    page = (folder / "model_card.md").read_text()
    assert "## What fits" in page
    assert "keypointnet, 4 keypoints" in page and "| `detect` | `image` | uint8 | [free, free, 32, 32, 4] |" in page


def test_without_the_data_there_are_no_examples_and_that_is_said(run, tmp_path, monkeypatch, capsys):
    from tfkeypoints.evaluation import collection

    def absent(*_):
        raise ValueError("not here")

    monkeypatch.setattr(collection, "load_evenly", absent)
    assert cli.main(["export", str(run.folder), "--out", str(tmp_path / "1")]) == 0
    assert "no examples for the server's page" in capsys.readouterr().err
    assert not (tmp_path / "1" / "examples").exists()


@pytest.mark.slow
def test_versions_are_counted_on_or_given(run, tmp_path):
    for out in ("chairs/1", "chairs", "chairs/7"):
        assert cli.main(["export", str(run.folder), "--out", str(tmp_path / out)]) == 0
    assert sorted(path.name for path in (tmp_path / "chairs").iterdir()) == ["1", "2", "7"]


@pytest.mark.skipif(importlib.util.find_spec("ai_edge_litert") is None, reason="LiteRT is not installed")
def test_another_format_is_put_beside_it_and_compared(run, tmp_path, capsys):
    assert cli.main(["export", str(run.folder), "--out", str(tmp_path / "1"), "--also", "litert"]) == 0
    assert "model.tflite: loaded again, largest relative difference" in capsys.readouterr().out


def test_a_model_that_differs_is_not_left_where_a_server_would_find_it(run, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(export, "largest_difference", lambda *arguments: 0.5)
    with pytest.raises(RuntimeError, match=r"The SavedModel differs from the Keras model by 0\.5"):
        cli.main(["export", str(run.folder), "--out", str(tmp_path / "chairs")])
    assert list((tmp_path / "chairs").iterdir()) == []
    assert "loaded again" not in capsys.readouterr().out


def test_a_format_whose_packages_are_missing_is_refused_before_anything_is_written(run, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(formats.PACKAGES, "onnx", ("tf2onnx_that_nobody_has",))
    assert cli.main(["export", str(run.folder), "--out", str(tmp_path / "chairs"), "--also", "onnx"]) == 2
    error = capsys.readouterr().err
    assert "`also` needs the extra: pip install 'tfkeypoints[formats]' (no tf2onnx_that_nobody_has)" in error
    assert "Received: also=('onnx',)" in error
    assert list(tmp_path.iterdir()) == []


def test_an_existing_version_is_left_alone(run, tmp_path, capsys):
    (tmp_path / "3").mkdir()
    assert cli.main(["export", str(run.folder), "--out", str(tmp_path / "3")]) == 2
    assert "`out` should not exist yet" in capsys.readouterr().err
    assert list((tmp_path / "3").iterdir()) == []
