"""A short training of a small model, on several devices of one process or as one of several workers.

python -m tests.training.replicated FOLDER METHOD OPTIMIZER STEPS DEVICES
"""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np

BATCH, EXAMPLES, VALIDATION = 8, 20, 13
OPTIONS = {
    "keypointnet": {"num_keypoints": 3, "filters": 4, "first_stride": 2, "backbone": "hourglass", "pose_noise": 0.1},
    "keypoint3d": {
        "num_keypoints": 4,
        "num_views": 2,
        "view_encoding": "shared",
        "filters": 4,
        "levels": 1,
        "image_size": (16, 16),
        "background": "residual",
        "moving_weight": 4.0,
        "silhouette": 0.3,
        "noise": 0.1,
    },
}
"""Of each method: noise, random crops, batch normalisation or renormalisation, and weights of mean 1 over a batch."""


def examples(count, channels, seed):
    rng = np.random.default_rng(seed)
    extrinsics = np.tile(np.eye(4, dtype=np.float32), (count, 2, 1, 1))
    extrinsics[..., 2, 3] = 30
    extrinsics[:, 1, :3, :3] = [[0, 0, 1], [0, 1, 0], [-1, 0, 0]]
    return {
        "image": rng.integers(0, 256, (count, 2, 24, 24, channels), dtype=np.uint8),
        "intrinsics": np.tile(np.diag([20, 20, 1]).astype(np.float32), (count, 2, 1, 1)),
        "extrinsics": extrinsics,
    }


def train(folder, method, optimizer, steps):
    """Trains in the run folder, on what `strategy_for` finds."""
    import keras
    import tensorflow as tf

    from tfkeypoints import training, workers
    from tfkeypoints.data.augmentation import recolor
    from tfkeypoints.models import Keypoint3D, KeypointNet
    from tfkeypoints.models.keypoint3d.collapse_alarm import CollapseAlarm
    from tfkeypoints.training.devices import strategy_for
    from tfkeypoints.training.run import Run

    strategy = strategy_for(BATCH)
    channels = 4 if method == "keypointnet" else 3
    seen, unseen = (
        {name: tf.constant(values) for name, values in examples(count, channels, seed).items()}
        for seed, count in enumerate((EXAMPLES, VALIDATION))
    )
    keras.utils.set_random_seed(0)
    with strategy.scope():
        model = {"keypointnet": KeypointNet, "keypoint3d": Keypoint3D}[method](**OPTIONS[method], seed=1)
        model({name: values[:1] for name, values in seen.items()})
        rate = training.learning_rate_schedule(1e-3, 50)
        model.compile(optimizer=training.make_optimizer(optimizer, rate))
    training.train(
        Run.start(folder, {"model": method}),
        model,
        seen,
        unseen,
        batch_size=BATCH,
        steps_per_epoch=steps // 2,
        epochs=2,
        monitor="val_loss",
        augment=lambda example, seed: {**example, "image": recolor(example["image"], seed)},
        watchers=[CollapseAlarm(Run(folder).logs, unseen)] if method == "keypoint3d" and workers.index() == 0 else [],
    )


def in_processes(folder, arguments, workers=1, devices=1, meanwhile=lambda started: None):
    """Runs the training in processes of its own, and returns its run folder; `meanwhile` is called with them."""
    ports = [_free_port() for _ in range(workers)]
    cluster = {"worker": [f"localhost:{port}" for port in ports]}
    command = [sys.executable, "-m", __name__, str(folder), *arguments, str(devices)]
    started = []
    for index in range(workers):
        own = {"TF_CONFIG": json.dumps({"cluster": cluster, "task": {"type": "worker", "index": index}})}
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **(own if workers > 1 else {})}
        started.append(subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True))
    try:
        meanwhile(started)
        errors = [process.communicate(timeout=1200)[1] for process in started]
    finally:
        for process in started:
            process.kill()
    assert [process.returncode for process in started] == [0] * workers, "\n".join(errors)[-5000:]
    return Path(folder)


def _free_port():
    with socket.socket() as found:
        found.bind(("localhost", 0))
        return found.getsockname()[1]


if __name__ == "__main__":
    run_folder, method, optimizer, steps, devices = sys.argv[1:]
    if int(devices) > 1:
        import tensorflow as tf

        (cpu,) = tf.config.list_physical_devices("CPU")
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * int(devices))
    train(run_folder, method, optimizer, int(steps))
