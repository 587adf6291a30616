"""Training from disk beside training from memory: what a step takes, and the most memory.

    python benchmarks/streaming.py                 # record files of 4 GiB
    python benchmarks/streaming.py --gib 40
    python benchmarks/streaming.py --method keypointnet --num-views 8   # examples are joined to 8 views

Writes a data set of made-up examples of 3 views (keypointnet: 2), 128 x 128 pixels, as `tfkeypoints data build` stores
them. Two processes train on it by `model.fit` in turns: one from disk, whose files are dropped from the system's cache
before each of its turns, and one from memory, on the part of it that `--kept` says, since a step from memory does not
depend on how many examples there are. Ratios are those of the medians over turns. The data set is deleted afterwards.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from memory import peak, resident
from tables import table

GIB = 2**30
SIZE = 128
MADE = 200
"""Examples that are made; they are written again and again."""
METHODS = {"keypoint3d": 3, "keypointnet": 2}
"""Views of an example."""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gib", type=float, default=4.0, help="size of the record files")
    parser.add_argument("--method", choices=METHODS, default="keypoint3d")
    parser.add_argument("--num-views", type=int, help="views that an example shall have")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--steps", type=int, default=10, help="steps a turn")
    parser.add_argument("--turns", type=int, default=6, help="turns that are timed, after one that is not")
    parser.add_argument("--kept", type=float, default=0.5, help="GiB of record files that the one in memory takes")
    parser.add_argument("--folder", type=Path, help="where to write; by default a temporary folder")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        train(arguments)
        return
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        arguments.folder = Path(folder)
        count = write(arguments.folder, arguments.gib, METHODS[arguments.method])
        compare(arguments, count)


def write(folder, gib, views):
    """Writes a data set `streamed` of about so many GiB, and returns its number of examples."""
    import tensorflow as tf
    import tensorflow_datasets as tfds

    from tfkeypoints.datasets import common

    features = common.features(views, SIZE, 3 if views > 2 else 4, 0, frames=views > 2)
    records = [features.serialize_example(example) for example in made(views)]
    shards = max(1, round(gib / 0.25))
    each = round(gib * GIB / shards / np.mean([len(record) + 16 for record in records]))
    place = folder / "streamed" / "1.0.0"
    place.mkdir(parents=True)
    template = tfds.core.ShardedFileTemplate(place, dataset_name="streamed", split="train", filetype_suffix="tfrecord")
    for shard in range(shards):
        path = template.sharded_filepath(shard_index=shard, num_shards=shards)
        with tf.io.TFRecordWriter(os.fspath(path)) as writer:
            for number in range(each):
                writer.write(records[number % MADE])
    split = tfds.core.SplitInfo(name="train", shard_lengths=[each] * shards, num_bytes=0, filename_template=template)
    tfds.folder_dataset.write_metadata(data_dir=place, features=features, split_infos=[split])
    return each * shards


def made(views):
    """Blocks of color under noise, which zlib makes about half as large; the cameras stand on a circle."""
    from tfkeypoints.geometry import camera

    rng = np.random.default_rng(0)
    angles = 2 * np.pi * np.arange(views) / max(3, views)
    eyes = 3 * np.stack([np.cos(angles), np.sin(angles), 0.4 + 0 * angles], -1)
    extrinsics = camera.look_at(eyes, np.zeros(3), np.array([0.0, 0.0, 1.0])).numpy().astype(np.float32)
    intrinsics = np.tile(camera.intrinsics_from_fov(np.deg2rad(40.0)).numpy().astype(np.float32), (views, 1, 1))
    channels = 3 if views > 2 else 4
    for number in range(MADE):
        blocks = 60 * rng.integers(0, 4, (views, 8, 8, channels)).repeat(SIZE // 8, 1).repeat(SIZE // 8, 2)
        image = (blocks + rng.integers(1, 5, (views, SIZE, SIZE, channels))).astype(np.uint8)
        example = {"image": image, "intrinsics": intrinsics, "extrinsics": extrinsics, "instance": f"{number // 4:05d}"}
        yield example | ({"frame": number} if views > 2 else {})


def compare(arguments, count):
    """Lets both train in turns, and prints what they took."""
    children = {
        name: subprocess.Popen(
            [sys.executable, __file__, "--child", name, *_same(arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("memory", "disk")
    }
    took = {name: [] for name in children}
    imports = {name: float(_answer(child)) for name, child in children.items()}
    for turn in range(arguments.turns + 1):
        for name, child in children.items():
            if name == "disk":
                uncache(arguments.folder)
            print("go", file=child.stdin, flush=True)
            wall, processor = map(float, _answer(child).split())
            if turn:
                took[name].append((wall / arguments.steps, processor / arguments.steps))
    peaks = {name: peak(child.pid) - imports[name] for name, child in children.items()}
    for child in children.values():
        child.stdin.close()
        child.wait()
    medians = {name: np.median(times, 0) for name, times in took.items()}
    print(f"{count} examples in {arguments.gib:g} GiB of record files; batches of {arguments.batch_size}")
    rows = [
        [name, f"{medians[name][0]:.3f} s", f"{medians[name][1]:.3f} s", f"{peaks[name]:.0f} MiB"] for name in children
    ]
    ratio = medians["disk"] / medians["memory"]
    rows.append(["disk / memory", f"{ratio[0]:.3f}", f"{ratio[1]:.3f}", ""])
    print(table(["examples in", "wall a step", "processor a step", "peak above imports"], rows))


def uncache(folder):
    """Drops the record files from the system's cache."""
    for path in folder.rglob("*.tfrecord*"):
        descriptor = os.open(path, os.O_RDONLY)
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def train(arguments):
    """One of the two processes: trains a turn whenever it is told to."""
    import keras

    from tfkeypoints import training
    from tfkeypoints.data.holding import hold
    from tfkeypoints.data.sampling import shuffled_batches
    from tfkeypoints.methods import recipe_of
    from tfkeypoints.training.threads import use_threads

    recipe = recipe_of(arguments.method).from_preset("small")
    use_threads(recipe.activations())
    print(resident(os.getpid()), flush=True)
    said, sys.stdout = sys.stdout, sys.stderr
    in_memory = arguments.child == "memory"
    split = f"train[:{min(100, 100 * arguments.kept / arguments.gib):.0f}%]" if in_memory else "train"
    examples = hold("streamed", split, arguments.folder, arguments.num_views, limit=1e6 if in_memory else 1e-6)
    model = recipe.build(examples)
    model.compile(optimizer=training.optimizer_of(recipe, 1000))
    turn = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: _wait(), on_epoch_end=lambda epoch, logs: _tell(said)
    )
    batches = shuffled_batches(examples, arguments.batch_size, 0, 0, recipe.augmentation())
    turns = arguments.turns + 1
    model.fit(batches, steps_per_epoch=arguments.steps, epochs=turns, verbose=0, shuffle=False, callbacks=[turn])
    sys.stdin.read()


_began = (0.0, 0.0)


def _wait():
    global _began
    if not sys.stdin.readline():
        sys.exit("the other process ended")
    _began = time.perf_counter(), time.process_time()


def _tell(said):
    print(time.perf_counter() - _began[0], time.process_time() - _began[1], file=said, flush=True)


def _answer(child):
    line = child.stdout.readline()
    if not line:
        raise RuntimeError(f"A process ended early with {child.wait()}")
    return line


def _same(arguments):
    options = {name: value for name, value in vars(arguments).items() if name != "child" and value is not None}
    return [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", str(value))]


if __name__ == "__main__":
    main()
