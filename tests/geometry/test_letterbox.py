"""Where an image lies in a padded one, by hand and pixel by pixel, and alike for predictions and exported models."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tfkeypoints.geometry.letterbox import letterbox
from tfkeypoints.inference.images import fit_image
from tfkeypoints.serving import signatures


@pytest.mark.parametrize(
    ("image", "target", "size", "corner"),
    [
        ((100, 200), (64, 64), [32, 64], [16, 0]),
        ((60, 30), (20, 40), [20, 10], [0, 15]),
        ((64, 48), (64, 48), [64, 48], [0, 0]),
        ((10, 10), (64, 65), [64, 64], [0, 0]),  # an odd margin: the larger part below or on the right
        ((2, 1000), (16, 16), [1, 16], [7, 0]),  # never thinner than a pixel
        ((75, 1920), (64, 64), [2, 64], [31, 0]),  # 2.5 rows, which go to the even number
    ],
)
def test_size_and_place_by_hand(image, target, size, corner):
    found = letterbox(*image, *target)
    np.testing.assert_array_equal(found[0], size)
    np.testing.assert_array_equal(found[1], corner)
    # The centre of row i of the padded image lies on the image's own normalised coordinate 2 (i - top + 0.5)/rows - 1.
    box = found[2].numpy().reshape(2, 2)
    for axis, name in ((0, "v"), (1, "u")):
        centres = 2 * (np.arange(target[axis]) - corner[axis] + 0.5) / size[axis] - 1
        shares = (np.arange(target[axis]) + 0.5) / target[axis]
        low, high = box[:, 1 - axis]
        np.testing.assert_allclose(low + shares * (high - low), centres, rtol=1e-12, atol=1e-12, err_msg=name)


def test_sizes_that_are_unknown_before_the_graph_runs_give_the_same():
    unknown = tf.function(letterbox, input_signature=[tf.TensorSpec([], tf.int32)] * 4)
    for known, found in zip(letterbox(75, 1920, 64, 96), unknown(75, 1920, 64, 96), strict=True):
        np.testing.assert_array_equal(known, found)


@pytest.mark.parametrize("shape", [(75, 1920), (91, 1792), (37, 53)])
def test_predictions_and_exported_models_place_an_image_alike(shape):
    image = np.full((*shape, 4), 255, np.uint8)
    predicted, predicted_box = fit_image(Image.fromarray(image), 64, 64, 4)
    served, served_box = signatures.fit(tf.constant(image), 64, 64, 4)
    np.testing.assert_array_equal(predicted, served)
    np.testing.assert_array_equal(served_box, np.float32(predicted_box))
