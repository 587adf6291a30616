"""Learns keypoints of an arm, a box and a ball that move before three cameras, and measures them on unseen episodes.

    python examples/train_keypoint3d.py --steps 2000

The recipe is that of `tfkeypoints train keypoint3d`, which also draws pictures and a video and can be resumed; here its
parts are used by hand.
"""

import argparse

import keras

from tfkeypoints import data
from tfkeypoints.evaluation import collect
from tfkeypoints.metrics.tracking import Tracking
from tfkeypoints.models.keypoint3d.recipe import Keypoint3DRecipe
from tfkeypoints.training import optimizer_of
from tfkeypoints.training.callbacks import MultiviewRamp


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="moving_shapes/arm_64")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--save", default="keypoint3d.keras", help="where the trained model goes")
    arguments = parser.parse_args()
    keras.utils.set_random_seed(0)

    recipe = Keypoint3DRecipe.from_preset("small", arguments.steps, num_keypoints=12)
    seen, unseen = data.load(arguments.data, "train"), data.load(arguments.data, "test")
    frames = data.batches(seen, recipe.batch_size, repeat=True)

    model = recipe.build(next(iter(data.batches(seen, batch_size=500))))
    model.compile(optimizer_of(recipe, recipe.steps))
    ramp = MultiviewRamp(recipe.ramp_start, recipe.ramp_end)
    model.fit(frames, steps_per_epoch=recipe.steps // 10, epochs=10, callbacks=[ramp])

    train, test = collect(model, seen), collect(model, unseen)
    tracking = Tracking(train["keypoints"], train["landmarks"])
    errors = tracking.errors(test["keypoints"], test["landmarks"]).mean(0)
    for name, error in zip(data.dataset_info(arguments.data).metadata["landmark_names"], errors, strict=True):
        print(f"{name:10s} followed to {100 * error:.1f} cm")
    model.save(arguments.save)


if __name__ == "__main__":
    main()
