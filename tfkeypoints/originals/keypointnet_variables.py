"""The authors' KeypointNet: from its variables to a model of this library that gives the same numbers."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from numpy.typing import ArrayLike

from tfkeypoints.models.keypointnet.arguments import PAPER_DILATIONS
from tfkeypoints.models.keypointnet.keypointnet import KeypointNet

if TYPE_CHECKING:
    from tfkeypoints.backbones.dilated import DilatedNetwork


SCOPE = "KeypointNetwork"
ORIENTATION = f"{SCOPE}/OrientationNetwork"
IGNORED = ("Adam", "Adam_1", "beta1_power", "beta2_power", "global_step")
"""Last parts of the names of what only their training needs."""
CAMERA_DISTANCE = 30.0
"""What the original's code adds to the depths, in units of half the object's longest side."""


def keypointnet(variables: Mapping[str, np.ndarray]) -> KeypointNet:
    """Makes the model that an original checkpoint holds.

    Images, RGB or RGBA in [0, 1] or uint8, on black, that the original was shown give its answers: `uv` is its
    location (x, y) as (x, -y), for its y points up; `depth` its z as -z, for its cameras look along -z; `orientation`
    its two locations, turned likewise. Its grid has the centres of pixels where this library has them.

    Args:
        variables: Name to array, as `read_checkpoint` returns them: of each layer `weights` `[3, 3, in, out]` with
            `biases`, or with `BatchNorm/beta`, `moving_mean` and `moving_variance` `[out]`. The numbers of filters and
            keypoints follow from their shapes. What the optimizer kept is ignored.

    Returns:
        A built `KeypointNet` in the input range "unit"; all images of 3 × 3 pixels or more will do, but it learnt from
        128 × 128.

    Raises:
        ValueError: If a variable is missing, unknown, of another shape or not finite; the message names it.

    Reference: tensorflow/models, research/keypointnet. Its batch normalisation has no scale and ε = 0.001.
    Note: the original sees the color of transparent pixels, which its data has black; here they are black always.

    Example:
        >>> model = keypointnet(read_checkpoint("model_dir"))
    """
    given = {name: value for name, value in variables.items() if name.split("/")[-1] not in IGNORED}
    filters, num_keypoints = _sizes(given)
    model = KeypointNet(num_keypoints, filters, mean_depth=CAMERA_DISTANCE, input_range="unit")
    model.build()
    targets = dict(_targets(model))
    _check_names(given, targets)
    for name, (weight, sign) in targets.items():
        weight.assign(sign * _checked(name, given[name], tuple(weight.shape), filters, num_keypoints))
    return model


def _sizes(given: Mapping[str, np.ndarray]) -> tuple[int, int]:
    """The numbers of filters and of keypoints, from the layer that finds the keypoints."""
    name = f"{SCOPE}/conv_xy/weights"
    if name not in given:
        raise ValueError(
            f"`variables` must hold {name}, as the original KeypointNet's checkpoints do. "
            f"Received: {len(given)} variables{''.join(f', such as {each}' for each in sorted(given)[:1])}"
        )
    shape = np.shape(given[name])
    if len(shape) != 4 or shape[:2] != (3, 3) or shape[2] < 2 or shape[3] < 1:
        raise ValueError(f"`variables` must have {name} [3, 3, filters, keypoints]. Received: shape {shape}")
    return shape[2:]


def _targets(model: KeypointNet) -> Iterator[tuple[str, tuple[keras.Variable, float]]]:
    """The original's name of each weight of the model, and the sign by which it is multiplied."""
    yield from _of_dilated_network(SCOPE, model.network)
    yield from _of_dilated_network(ORIENTATION, model.orientation_net.network)
    # Their depths are z of cameras that look along -z: what is added to -30 there is taken from 30 here.
    heads = (
        (f"{SCOPE}/conv_xy", model.logit_head, 1.0),
        (f"{SCOPE}/conv_z", model.depth_head, -1.0),
        (f"{ORIENTATION}/Conv", model.orientation_net.head, 1.0),
    )
    for scope, head, sign in heads:
        yield f"{scope}/weights", (head.kernel, sign)
        yield f"{scope}/biases", (head.bias, sign)


def _of_dilated_network(scope: str, network: "DilatedNetwork") -> Iterator[tuple[str, tuple[keras.Variable, float]]]:
    for number, block in enumerate(network.blocks):
        yield f"{scope}/dconv{number}/weights", (block.convolution.kernel, 1.0)
        for name in ("beta", "moving_mean", "moving_variance"):
            yield f"{scope}/dconv{number}/BatchNorm/{name}", (getattr(block.activation, name), 1.0)


def _check_names(given: Mapping[str, Any], targets: Mapping[str, Any]) -> None:
    missing, unknown = sorted(targets.keys() - given.keys()), sorted(given.keys() - targets.keys())
    if missing or unknown:
        counted = (f"{len(names)} {kind}: {', '.join(names[:5])}{', …' * (len(names) > 5)}"
                   for kind, names in (("missing", missing), ("unknown", unknown)) if names)  # fmt: skip
        raise ValueError(
            f"`variables` must be the {len(targets)} of the original KeypointNet with {len(PAPER_DILATIONS)} layers. "
            f"Received: {'; '.join(counted)}"
        )


def _checked(name: str, value: ArrayLike, shape: tuple[int, ...], filters: int, num_keypoints: int) -> np.ndarray:
    """A variable in float32.

    Raises:
        ValueError: If it has another shape, or numbers that no trained network has.
    """
    value = np.asarray(value)
    if value.shape != shape:
        raise ValueError(
            f"`variables` must have {name} {list(shape)}, for {filters} filters and {num_keypoints} keypoints, as "
            f"{SCOPE}/conv_xy/weights has them. Received: shape {list(value.shape)}"
        )
    if value.dtype.kind not in "fiu":
        raise ValueError(f"`variables` must have numbers in {name}. Received: dtype {value.dtype}")
    value = value.astype(np.float32)
    wrong = ~np.isfinite(value) if not name.endswith("moving_variance") else ~(np.isfinite(value) & (value >= 0))
    if wrong.any():
        index = tuple(np.argwhere(wrong)[0].tolist())
        least = " and not negative" * name.endswith("moving_variance")
        raise ValueError(f"`variables` must be finite{least} in {name}. Received: {value[index]} at {list(index)}")
    return value
