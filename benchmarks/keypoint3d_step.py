"""Cost of one Keypoint3D training step, beside a twin of the same layers in PyTorch: processor time and peak memory.

    pip install -e '.[benchmarks]'
    python benchmarks/keypoint3d_step.py                     # batch 64, three 108 px cameras, K = 32, stacked
    python benchmarks/keypoint3d_step.py --levels 3 --image-size 112

Each framework runs in a process of its own, one after the other, so that memory is counted apart. The twin has the same
convolutions, normalisation, expectation, projection, Gaussians and terms, with PyTorch's own layers and autograd.
"""

import argparse
import os
import sys

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import side_by_side
import steps


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--image-size", type=int, default=108)
    parser.add_argument("--num-keypoints", type=int, default=32)
    parser.add_argument("--levels", type=int, default=2)
    parser.add_argument("--steps", type=int, default=10, help="steps that are timed, after three that are not")
    parser.add_argument("--turns", type=int, default=1, help="times that both are measured, every other one last first")
    parser.add_argument("--torch-threads", type=int, help="of the twin; by default PyTorch's own choice")
    parser.add_argument("--framework", choices=side_by_side.FRAMEWORKS, help="measure this one alone, in this process")
    arguments = parser.parse_args()
    if not arguments.framework:
        side_by_side.compare(__file__, sys.argv[1:], arguments.turns)
        return
    step = {"tensorflow": tensorflow_step, "torch": torch_step}[arguments.framework]
    side_by_side.measure(*step(arguments), arguments.steps)


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


def tensorflow_step(arguments):
    import keras

    from tfkeypoints.models import Keypoint3D

    frames = random_frames(arguments)
    before = steps.peak()
    size = (arguments.image_size,) * 2
    options = {"num_keypoints": arguments.num_keypoints, "num_views": 3, "view_encoding": "stacked", "image_size": size}
    model = Keypoint3D(**options, filters=16, levels=arguments.levels, mean_depth=30.0)
    model.build()
    model.compile(keras.optimizers.Adam(1e-3))
    return lambda: model.train_on_batch(frames), model.count_params(), before


def torch_step(arguments):
    import torch
    from keypoint3d_twin import Twin

    side_by_side.use_torch_threads(arguments.torch_threads)
    frames = {name: torch.from_numpy(values) for name, values in random_frames(arguments).items()}
    before = steps.peak()
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
