"""Cost of one Keypoint3D training step, beside a twin of the same layers in PyTorch: processor time and peak memory.

    pip install -e '.[benchmarks]'
    python benchmarks/keypoint3d_step.py                     # batch 64, three 108 px cameras, K = 32, stacked
    python benchmarks/keypoint3d_step.py --levels 3 --image-size 112

Each framework runs in a process of its own, one after the other, so that memory is counted apart. The twin has the same
convolutions, normalisation, expectation, projection, Gaussians and terms, with PyTorch's own layers and autograd.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--image-size", type=int, default=108)
    parser.add_argument("--num-keypoints", type=int, default=32)
    parser.add_argument("--levels", type=int, default=2)
    parser.add_argument("--steps", type=int, default=10, help="steps that are timed, after three that are not")
    parser.add_argument("--framework", choices=("tensorflow", "torch"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.framework:
        measure = {"tensorflow": tensorflow_step, "torch": torch_step}[arguments.framework]
        print(json.dumps(cost(*measure(arguments), arguments.steps)))
        return
    rows = {}
    for framework in ("tensorflow", "torch"):
        command = [sys.executable, __file__, *sys.argv[1:], "--framework", framework]
        answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        rows[framework] = json.loads(answer.splitlines()[-1])
        row = rows[framework]
        print(
            f"{framework:11s} processor {row['processor']:6.3f} s  wall {row['wall']:6.3f} s  "
            f"peak {row['peak']:5.2f} GiB, {row['added']:5.2f} above the imports  {row['parameters']:,} parameters"
        )
    ratios = {name: rows["tensorflow"][name] / rows["torch"][name] for name in ("processor", "wall", "peak", "added")}
    print("ratio       " + "  ".join(f"{name} {ratio:.2f}" for name, ratio in ratios.items()))


def cost(step, parameters, before, repeats):
    """Mean seconds of a step, and the process' peak memory in GiB, whole and above what stood before the model."""
    for _ in range(3):
        step()
    wall, processor = time.perf_counter(), time.process_time()
    for _ in range(repeats):
        step()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {
        "processor": processor / repeats,
        "wall": wall / repeats,
        "peak": peak,
        "added": peak - before,
        "parameters": parameters,
    }


def random_frames(arguments):
    """Noise images, and three cameras that look at the same place."""
    from tfkeypoints.rendering.views import orbit_cameras

    size, batch = arguments.image_size, arguments.batch_size
    intrinsics, extrinsics = orbit_cameras(3, elevation=np.deg2rad(35.0))
    images = np.random.default_rng(0).integers(0, 256, (batch, 3, size, size, 3)).astype(np.uint8)
    return {
        "image": images,
        "intrinsics": np.tile(intrinsics, (batch, 1, 1, 1)).astype(np.float32),
        "extrinsics": np.tile(extrinsics, (batch, 1, 1, 1)).astype(np.float32),
    }


def resident():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def tensorflow_step(arguments):
    import keras

    from tfkeypoints.models import Keypoint3D

    frames = random_frames(arguments)
    before = resident()
    size = (arguments.image_size,) * 2
    options = {"num_keypoints": arguments.num_keypoints, "num_views": 3, "view_encoding": "stacked", "image_size": size}
    model = Keypoint3D(**options, filters=16, levels=arguments.levels, mean_depth=30.0)
    model.build()
    model.compile(keras.optimizers.Adam(1e-3))
    return lambda: model.train_on_batch(frames), model.count_params(), before


def torch_step(arguments):
    import torch
    from keypoint3d_twin import Twin

    frames = {name: torch.from_numpy(values) for name, values in random_frames(arguments).items()}
    before = resident()
    size = (arguments.image_size,) * 2
    model = Twin(arguments.num_keypoints, 3, size, filters=16, levels=arguments.levels, mean_depth=30.0)
    optimiser = torch.optim.Adam(model.parameters(), 1e-3)

    def step():
        optimiser.zero_grad(set_to_none=True)
        loss = model.loss(frames)
        loss.backward()
        optimiser.step()
        return loss.item()

    return step, sum(parameter.numel() for parameter in model.parameters()), before


if __name__ == "__main__":
    main()
