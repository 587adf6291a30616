"""The original KeypointNet in NumPy: random variables under its names, and its inference, from the formulas."""

import numpy as np

DILATIONS = (1, 1, 2, 4, 8, 16, 1, 2, 4, 8, 16, 1)
NET, ORIENTATION = "KeypointNetwork", "KeypointNetwork/OrientationNetwork"


def random_variables(rng, filters=8, num_keypoints=5):
    """What a checkpoint of the original holds, with the optimizer's; features keep about size 1 from layer to layer."""
    variables = {}

    def normal(name, shape, deviation):
        variables[name] = rng.normal(0, deviation, shape).astype(np.float32)

    for scope, channels, size in ((NET, 4, filters), (ORIENTATION, 3, filters // 2)):
        for layer in range(12):
            normal(f"{scope}/dconv{layer}/weights", (3, 3, channels, size), (2 / (9 * channels)) ** 0.5)
            normal(f"{scope}/dconv{layer}/BatchNorm/beta", size, 0.3)
            normal(f"{scope}/dconv{layer}/BatchNorm/moving_mean", size, 0.3)
            variance = rng.uniform(0.3, 1.5, size)
            variables[f"{scope}/dconv{layer}/BatchNorm/moving_variance"] = variance.astype(np.float32)
            channels = size
    for scope, channels, size, sharpness in (
        (f"{NET}/conv_xy", filters, num_keypoints, 3),
        (f"{NET}/conv_z", filters, num_keypoints, 1),
        (f"{ORIENTATION}/Conv", filters // 2, 2, 3),
    ):
        normal(f"{scope}/weights", (3, 3, channels, size), sharpness * (2 / (9 * channels)) ** 0.5)
        normal(f"{scope}/biases", size, 0.5)
    for name in list(variables):
        if "moving" not in name:
            variables |= {f"{name}/{slot}": np.zeros_like(variables[name]) for slot in ("Adam", "Adam_1")}
    powers = {"beta1_power": np.float32(0.5), "beta2_power": np.float32(0.9)}
    return {**variables, **powers, "global_step": np.int64(200_000)}


def infer(variables, images):
    """What the original answers, in float64 and its own conventions: x right, y up, cameras that look along -z.

    Args:
        variables: See `random_variables`.
        images: `[N, S, S, 3]` in [0, 1], on black.

    Returns:
        Locations `[N, K, 2]`, z `[N, K]`, orientation `[N, 2, 2]` and the flag of each image, 0 or 1.
    """
    orientation, _ = _expect(_convolved(variables, f"{ORIENTATION}/Conv", _features(variables, ORIENTATION, images)))
    flag = np.maximum(0, np.sign(orientation[:, 0, 0] - orientation[:, 1, 0]))
    flags = np.broadcast_to(flag[:, None, None, None], (*images.shape[:3], 1))
    features = _features(variables, NET, np.concatenate([images, flags], -1))
    depths = -30 + _convolved(variables, f"{NET}/conv_z", features)
    locations, heatmaps = _expect(_convolved(variables, f"{NET}/conv_xy", features))
    return locations, (heatmaps * depths).sum((1, 2)), orientation, flag


def _features(variables, scope, images):
    for layer, dilation in enumerate(DILATIONS):
        norm = f"{scope}/dconv{layer}/BatchNorm"
        images = _convolve(images, np.float64(variables[f"{scope}/dconv{layer}/weights"]), dilation)
        deviation = np.sqrt(np.float64(variables[f"{norm}/moving_variance"]) + 0.001)
        images = (images - variables[f"{norm}/moving_mean"]) / deviation + variables[f"{norm}/beta"]
        images = np.where(images > 0, images, 0.1 * images)
    return images


def _convolved(variables, scope, features):
    return _convolve(features, np.float64(variables[f"{scope}/weights"]), 1) + variables[f"{scope}/biases"]


def _convolve(images, weights, dilation):
    """Σ over the nine taps, with zeros around the image."""
    height, width = images.shape[1:3]
    padded = np.pad(images, [(0, 0), (dilation, dilation), (dilation, dilation), (0, 0)])
    rows, columns = (np.arange(3) * dilation,) * 2
    return sum(
        padded[:, row : row + height, column : column + width] @ weights[i, j]
        for i, row in enumerate(rows)
        for j, column in enumerate(columns)
    )


def _expect(logits):
    """Softmax over the image, and the mean location `[N, K, 2]` of it; the image spans [-1, 1] right and up."""
    heatmaps = np.exp(logits - logits.max((1, 2), keepdims=True))
    heatmaps /= heatmaps.sum((1, 2), keepdims=True)
    size = logits.shape[1]
    centres = (np.arange(size) + 0.5) / (size / 2) - 1
    x = (heatmaps * centres[:, None]).sum((1, 2))
    y = (heatmaps * -centres[:, None, None]).sum((1, 2))
    return np.stack([x, y], -1), heatmaps
