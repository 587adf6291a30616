import json

import numpy as np
import pytest
from PIL import Image

from tfkeypoints import cli, data
from tfkeypoints.evaluation import collect, measure, object_mesh, one_of_each_instance


@pytest.fixture(scope="module")
def evaluated(run):
    assert cli.main(["evaluate", str(run.folder), "--untrained"]) == 0
    return run


def test_every_metric_is_measured(evaluated):
    report = json.loads(evaluated.metrics_file.read_text())
    expected = {
        "angular_error_mean_degrees", "angular_error_median_degrees", "spread_3d", "keypoint_spacing",
        "reprojection_error_pixels",
        "silhouette_hit_rate", "orientation_accuracy", "landmark_error", "pck_0.05", "pck_0.1", "pck_0.2",
    }  # fmt: skip
    assert set(report["trained"]) == set(report["untrained"]) == expected
    assert np.isfinite([*report["trained"].values(), *report["untrained"].values()]).all()
    assert report["split"] == "test"


def test_validation_in_training_and_evaluation_agree(run, data_name, data_dir):
    results = collect(run.load_model(), data.load(data_name, "validation", data_dir=data_dir))
    metrics, angles = measure(results, (32, 32))
    best = min(run.history, key=lambda row: row["val_angular_error"])
    assert metrics["angular_error_mean_degrees"] == pytest.approx(best["val_angular_error"], rel=1e-3)
    assert metrics["orientation_accuracy"] == pytest.approx(best["val_orientation_accuracy"])
    assert len(angles) == 2
    assert "landmark_error" not in metrics


def test_pictures_are_drawn(evaluated):
    names = {path.name for path in evaluated.pictures.iterdir()}
    assert names >= {"error_curve.png", "training_curves.png", "contact_sheet.png"}
    assert names & {"turntable.mp4", "turntable.gif"}
    for name in names:
        if name.endswith(".png"):
            assert np.asarray(Image.open(evaluated.pictures / name)).std() > 1


def test_an_unknown_split_is_refused(evaluated, capsys):
    before = evaluated.metrics_file.read_bytes()
    assert cli.main(["evaluate", str(evaluated.folder), "--split", "tset"]) == 2
    assert "tset" in capsys.readouterr().err
    assert evaluated.metrics_file.read_bytes() == before


def test_the_object_on_the_turntable_is_the_one_of_the_examples(data_name, data_dir):
    examples = data.load(data_name, "test", data_dir=data_dir)
    unseen = one_of_each_instance(examples, 10)
    assert len(set(unseen["instance"])) == len(unseen["instance"]) == 2
    mesh = object_mesh(data_name, data_dir, unseen["instance"][0])
    from tfkeypoints.rendering.render import Renderer

    again = Renderer(mesh).render(unseen["intrinsics"][0, 0], unseen["extrinsics"][0, 0], 32, 32)
    np.testing.assert_array_equal(again, unseen["image"][0, 0])
