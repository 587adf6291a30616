import math

import keras
import pytest

from tfkeypoints.training.callbacks import BestModel
from tfkeypoints.training.run import Run


def saved_epochs(path, values, **options):
    """The epochs after which the file was written anew."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    callback = BestModel(Run(path.parent), "val_error", **options)
    callback.set_model(model)
    saved = []
    for epoch, value in enumerate(values):
        model.layers[0].bias.assign([float(epoch)])
        callback.on_epoch_end(epoch, {"val_error": value})
        saved.append(float(keras.models.load_model(path, compile=False).layers[0].bias[0]))
    return saved


def test_the_model_of_the_least_error_is_kept(tmp_path):
    assert saved_epochs(tmp_path / "model.keras", [3.0, 2.0, 2.5, 1.0, 1.0]) == [0, 1, 1, 3, 3]


def test_more_can_be_better(tmp_path):
    assert saved_epochs(tmp_path / "model.keras", [3.0, 2.0, 5.0], mode="max") == [0, 0, 2]


def test_nan_is_never_better(tmp_path):
    assert saved_epochs(tmp_path / "model.keras", [math.nan, 7.0, math.nan]) == [0, 1, 1]


def test_a_resumed_training_remembers_the_best(tmp_path):
    path = tmp_path / "model.keras"
    saved_epochs(path, [4.0])
    assert saved_epochs(path, [5.0, 3.0], history=[{"val_error": 4.0}]) == [0, 1]
    written = path.stat().st_mtime_ns
    saved_epochs(path, [5.0], history=[{"val_error": 3.0}])
    assert path.stat().st_mtime_ns == written


def test_an_unknown_mode_is_refused(tmp_path):
    with pytest.raises(ValueError, match="mode='least'"):
        BestModel(Run(tmp_path), "val_error", mode="least")
