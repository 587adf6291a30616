"""Learns keypoints of an arm, a box and a ball that move before three cameras, and measures them on unseen episodes.

    python examples/train_keypoint3d.py --steps 2000

By command line, with pictures, a video and a run that can be taken up again: `tfkeypoints train keypoint3d`.
"""

import argparse

import keras
import numpy as np

from tfkeypoints import data
from tfkeypoints.evaluation import collect
from tfkeypoints.metrics.tracking import Tracking
from tfkeypoints.models import Keypoint3D
from tfkeypoints.training.callbacks import MultiviewRamp
from tfkeypoints.training.optimizers import ConvolutionMuon


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="moving_shapes/arm_64")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--save", default="keypoint3d.keras", help="where the trained model goes")
    arguments = parser.parse_args()
    keras.utils.set_random_seed(0)

    seen, unseen = data.load(arguments.data, "train"), data.load(arguments.data, "test")
    frames = data.batches(seen, batch_size=8, repeat=True)
    background = np.median([frame["image"] for frame in seen.take(500).as_numpy_iterator()], 0) / 255

    model = Keypoint3D(
        num_keypoints=12,
        view_encoding="shared",
        image_size=background.shape[1:3],
        filters=32,
        levels=1,
        dilations=(1, 2, 4),
        mean_depth=1.65,  # metres from the cameras to the table
        world_scale=0.35,
        gaussian_width=1.5,
        background="residual",
        moving_weight=20.0,
        multiview_consistency=5.0,
        separation=0.2,
        separation_sharpness=50.0,
        silhouette=0.3,
        coverage=0.05,
        variance=1.0,
    )
    model(next(iter(frames)))
    model.set_background(background)
    rate = keras.optimizers.schedules.CosineDecay(4e-3, arguments.steps)
    model.compile(ConvolutionMuon(rate, exclude_layers=["head"]))
    ramp = MultiviewRamp(0, arguments.steps // 6)
    model.fit(frames, steps_per_epoch=arguments.steps // 10, epochs=10, callbacks=[ramp])

    train, test = collect(model, seen), collect(model, unseen)
    tracking = Tracking(train["keypoints"], train["landmarks"])
    errors = tracking.errors(test["keypoints"], test["landmarks"]).mean(0)
    for name, error in zip(data.dataset_info(arguments.data).metadata["landmark_names"], errors, strict=True):
        print(f"{name:10s} followed to {100 * error:.1f} cm")
    model.save(arguments.save)


if __name__ == "__main__":
    main()
