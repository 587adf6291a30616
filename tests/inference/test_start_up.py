"""What `tfkeypoints predict` of one image must not import: each costs a tenth of a second to seconds."""

import subprocess
import sys

import numpy as np
from PIL import Image

from tfkeypoints import files
from tfkeypoints.models import KeypointNet
from tfkeypoints.training.run import Run

HEAVY = (
    *("tensorflow_graphics", "tensorflow_datasets", "tensorboard", "keras_tuner", "tf2onnx", "onnx", "kserve"),
    *("scipy.ndimage", "scipy.sparse", "scipy.spatial", "matplotlib", "plotly", "av", "trimesh", "embreex"),
    *("mujoco", "metaworld", "gymnasium", "ray", "pyarrow.parquet", "apache_beam", "pynwb", "ezc3d", "sleap_io"),
    *("rerun", "yaml", "h5py"),
)
"""Packages and modules. Those that TensorFlow or Keras import themselves where they are installed do not count."""

SCRIPT = f"""
import sys
import tensorflow, keras
theirs = set(sys.modules)
from tfkeypoints import cli
failed = cli.main(sys.argv[1:])
print(*sorted(set({HEAVY}) & (set(sys.modules) - theirs)), file=sys.stderr)
sys.exit(failed)
"""


def test_predicting_one_image_imports_nothing_heavy(tmp_path):
    model = KeypointNet(num_keypoints=2, filters=4, dilations=(1,), mean_depth=4.0)
    shape = 1, 2, 16, 16, 3
    eye = np.broadcast_to(np.eye(4, dtype=np.float32), (1, 2, 4, 4))
    model({"image": np.zeros(shape, np.uint8), "intrinsics": eye[..., :3, :3], "extrinsics": eye})
    run = Run(tmp_path / "run")
    run.folder.mkdir()
    model.save(run.model_file)
    images = {"shape": list(shape[1:]), "intrinsics": np.eye(3).tolist()}
    files.write_json(run.config_file, {"model": "keypointnet", "images": images})
    Image.new("RGB", (20, 16), (200, 90, 30)).save(tmp_path / "image.png")
    words = ["predict", str(run.folder), str(tmp_path / "image.png"), "--out", str(tmp_path / "out")]
    answer = subprocess.run([sys.executable, "-c", SCRIPT, *words], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    assert (tmp_path / "out" / "keypoints.csv").exists()
    assert answer.stderr.splitlines()[-1] == ""
