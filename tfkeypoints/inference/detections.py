"""What is found in many images, each by itself."""

import dataclasses

import numpy as np

from tfkeypoints.inference.images import Detection

FIELDS = tuple(field.name for field in dataclasses.fields(Detection))


@dataclasses.dataclass(frozen=True)
class Detections:
    """Keypoints of those of some images that can be read: M of them.

    Attributes:
        numbers: int `[M]`, which ones of all images.
        cut: bool `[M]`, whether an image was cut out by its background.
        whole: str `[M]`, why one that should have been was not; empty elsewhere.
        unfamiliarity: `[M]`, as in `Familiarity`; NaN where that is not known.
        uv, pixels, depth, points_camera, confidence, std: As in `Detection`, with M in front.
    """

    numbers: np.ndarray
    cut: np.ndarray
    whole: np.ndarray
    unfamiliarity: np.ndarray
    uv: np.ndarray
    pixels: np.ndarray
    depth: np.ndarray
    points_camera: np.ndarray
    confidence: np.ndarray
    std: np.ndarray

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, number: int) -> Detection:
        """Those of one image."""
        return Detection(*(getattr(self, name)[number] for name in FIELDS))
