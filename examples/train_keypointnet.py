"""Learns keypoints of rendered chairs and measures them on chairs that the network never saw.

    python examples/train_keypointnet.py --steps 3000

The recipe is that of `tfkeypoints train keypointnet --preset demo`, which also draws pictures and can be resumed; here
its parts are used by hand, on pairs of views as they lie in the data set.
"""

import argparse

import keras

from tfkeypoints import data
from tfkeypoints.models.keypointnet.recipe import KeypointNetRecipe
from tfkeypoints.training import optimizer_of


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="rendered_objects/chairs_64")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--keypoints", type=int, default=10)
    parser.add_argument("--save", default="keypointnet.keras", help="where the trained model goes")
    arguments = parser.parse_args()
    keras.utils.set_random_seed(0)

    recipe = KeypointNetRecipe.from_preset("demo", arguments.steps, num_keypoints=arguments.keypoints, batch_size=16)
    pairs = data.batches(data.load(arguments.data, "train"), recipe.batch_size, repeat=True)
    unseen = data.batches(data.load(arguments.data, "test"), batch_size=50, shuffle_buffer=0)

    model = recipe.build(next(iter(pairs)))
    model.compile(optimizer_of(recipe, recipe.steps))
    epochs = 10
    model.fit(
        pairs,
        steps_per_epoch=recipe.steps // epochs,
        epochs=epochs,
        validation_data=unseen,
        callbacks=recipe.callbacks(run=None, validation=None),
    )
    measured = model.evaluate(unseen, return_dict=True, verbose=0)
    print(f"unseen objects: mean angular error {measured['angular_error']:.1f}°")
    model.save(arguments.save)


if __name__ == "__main__":
    main()
