"""Colors that tell keypoints apart."""

import functools

import numpy as np

BACKGROUND = (246, 246, 244)
"""Color that transparent pixels are laid over, RGB."""

_OKLAB_TO_LMS = np.array(
    [
        [1, 0.3963377774, 0.2158037573],
        [1, -0.1055613458, -0.0638541728],
        [1, -0.0894841775, -1.2914855480],
    ]
)
_LMS_TO_RGB = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


def palette(num_keypoints: int) -> np.ndarray:
    """Chooses distinct, saturated colors; color k does not depend on how many there are.

    Args:
        num_keypoints: Number of colors K.

    Returns:
        uint8 RGB, `[K, 3]`.

    Raises:
        ValueError: If `num_keypoints` is less than 1.

    Reference: OKLab is the color space of Ottosson 2020, in which distances match what people see.

    Example:
        >>> bool((palette(3) == palette(10)[:3]).all())
        True
    """
    if num_keypoints < 1:
        raise ValueError(f"`num_keypoints` must be 1 or more. Received: num_keypoints={num_keypoints}")
    return _chosen(num_keypoints).copy()


@functools.cache
def _chosen(count: int) -> np.ndarray:
    """Picks red, then one by one the color that is farthest from all before it.

    The distance is that of OKLab with lightness weakened: on a shaded object, hue is what tells points apart.
    """
    lightness, chroma, hue = np.meshgrid(
        np.linspace(0.5, 0.85, 8), np.linspace(0.15, 0.25, 8), np.linspace(0, 2 * np.pi, 90, endpoint=False)
    )
    lab = np.stack([lightness, chroma * np.cos(hue), chroma * np.sin(hue)], -1).reshape(-1, 3)
    linear = (lab @ _OKLAB_TO_LMS.T) ** 3 @ _LMS_TO_RGB.T
    shown = ((linear >= 0) & (linear <= 1)).all(-1)
    lab, linear = lab[shown] * (0.8, 1, 1), linear[shown]
    picks = [int((linear @ (1, -1, -1)).argmax())]
    distance = np.full(len(lab), np.inf)
    while len(picks) < count:
        distance = np.minimum(distance, np.linalg.norm(lab - lab[picks[-1]], axis=-1))
        picks.append(int(distance.argmax()))
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 0) ** (1 / 2.4) - 0.055)
    return np.round(255 * encoded[picks]).astype(np.uint8)
