"""What `tfkeypoints predict` of a KeypointNet takes for one image, process start included, beside the imports.

    python benchmarks/start_up.py                 # three turns; the model of the preset `demo`, 64 px
    python benchmarks/start_up.py --preset paper --image-size 128

Turn by turn, a new process imports TensorFlow and Keras, and another one predicts; the model has learnt nothing. Then
the packages that the command imports besides, with what `python -X importtime` counts for each, those of other
packages not included.
"""

import argparse
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tables
from PIL import Image

from tfkeypoints import files

IMPORTS = ["-c", "import tensorflow, keras"]
SHOWN = 5
"""Packages that are told."""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", choices=("demo", "paper"), default="demo")
    parser.add_argument("--image-size", type=int, default=64, help="of the model")
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make_run(Path(folder), arguments.preset, arguments.image_size)
        predict = ["-m", "tfkeypoints.cli", "predict", f"{folder}/run", f"{folder}/image.png", "--out", f"{folder}/out"]
        cost(predict)  # files then lie in memory for both
        turns = [(cost(IMPORTS), cost(predict)) for _ in range(arguments.repeats)]
        print(report(np.array(turns)))
        print(f"\nimported besides, ms: {packages(predict)}")


def report(turns):
    """A table in Markdown of `[turns, 2, 2]`: imports and command, wall and processor seconds."""
    rows = [
        [name, *map(tables.mean_std, values.T)]
        for name, values in (
            ("importing TensorFlow and Keras, s", turns[:, 0]),
            ("predict, one image, s", turns[:, 1]),
            ("ratio", turns[:, 1] / turns[:, 0]),
        )
    ]
    return tables.table(["", "wall", "processor"], rows)


def cost(words):
    """Wall and processor seconds of a Python process of its own."""
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall, after = time.perf_counter() - wall, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def packages(words):
    """Milliseconds of the packages that a process imports and TensorFlow and Keras do not, the slowest first."""
    ours, theirs = (imported(each) for each in (words, IMPORTS))
    slow = Counter({name: spent for name, spent in ours.items() if name not in theirs}).most_common(SHOWN)
    return ", ".join(f"{name} {spent:.0f}" for name, spent in slow)


def imported(words):
    """Package to milliseconds of its modules."""
    command = [sys.executable, "-X", "importtime", *words]
    told = subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True).stderr
    spent = Counter()
    for own, module in re.findall(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)", told):
        spent[module.split(".")[0]] += int(own) / 1000
    return spent


def make_run(folder, preset, size):
    """Makes the run of an untrained model, and an image."""
    from tfkeypoints.models.keypointnet.presets import PRESETS
    from tfkeypoints.training.run import Run

    shape = 2, size, size, 4
    eye = np.broadcast_to(np.eye(4, dtype=np.float32), (1, 2, 4, 4)).copy()
    eye[..., 2, 3] = 4.0
    examples = {"image": np.zeros((1, *shape), np.uint8), "intrinsics": eye[..., :3, :3], "extrinsics": eye}
    model = PRESETS[preset].build(examples)
    model(examples)
    run = Run(folder / "run")
    run.folder.mkdir()
    model.save(run.model_file)
    images = {"shape": list(shape), "intrinsics": np.eye(3).tolist()}
    files.write_json(run.config_file, {"model": "keypointnet", "images": images})
    pixels = np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8)
    Image.fromarray(pixels).save(folder / "image.png")


if __name__ == "__main__":
    main()
