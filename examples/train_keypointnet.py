"""Learns keypoints of rendered chairs and measures them on chairs that the network never saw.

    python examples/train_keypointnet.py --steps 3000

`tfkeypoints train keypointnet` also joins eight views of an object, varies the objects, and draws pictures.
"""

import argparse

import keras

from tfkeypoints import data
from tfkeypoints.models import KeypointNet
from tfkeypoints.training.callbacks import OrientationSchedule
from tfkeypoints.training.optimizers import ConvolutionMuon


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="rendered_objects/chairs_64")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--keypoints", type=int, default=10)
    parser.add_argument("--save", default="keypointnet.keras", help="where the trained model goes")
    arguments = parser.parse_args()
    keras.utils.set_random_seed(0)

    pairs = data.batches(data.load(arguments.data, "train"), batch_size=16, repeat=True)
    unseen = data.batches(data.load(arguments.data, "test"), batch_size=50, shuffle_buffer=0)

    model = KeypointNet(
        num_keypoints=arguments.keypoints,
        network="hourglass",
        filters=16,
        first_stride=2,
        reprojection_consistency=20.0,
        relative_pose=5.0,
        separation=20.0,
        silhouette=5.0,
    )
    rate = keras.optimizers.schedules.CosineDecay(
        1e-5, arguments.steps, warmup_target=4e-3, warmup_steps=arguments.steps // 20
    )
    model.compile(ConvolutionMuon(rate, exclude_layers=["head"]))
    epochs = 10
    model.fit(
        pairs,
        steps_per_epoch=arguments.steps // epochs,
        epochs=epochs,
        validation_data=unseen,
        callbacks=[OrientationSchedule(arguments.steps // 3, 2 * arguments.steps // 3)],
    )
    measured = model.evaluate(unseen, return_dict=True, verbose=0)
    print(f"unseen objects: mean angular error {measured['angular_error']:.1f}°")
    model.save(arguments.save)


if __name__ == "__main__":
    main()
