"""Keypoints drawn into the images of a recording, frame by frame."""

from collections import deque
from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image

from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.data.recordings import Missing, VideoFrame
from tfkeypoints.inference.images import fit_image, letterbox_of
from tfkeypoints.inference.tracks import Tracks
from tfkeypoints.visualization.episode import TRAIL, episode_frame, episode_tiles

PICTURE_SIZE = 320
"""Longer side of each camera's picture, in pixels."""
FASTEST = 30.5
"""Frames a second that a video has at most."""


class Drawing:
    """Draws the world keypoints into every camera's images, with the way that they came in the frames before.

    Args:
        calibration: The cameras. All pictures have the form of the first one's.
        count: Frames of the recording.
        fps: Frames a second of the recording. Of more than `FASTEST`, every second, fourth … is drawn.
    """

    def __init__(self, calibration: Calibration, count: int, fps: float):
        self.calibration, self.count = calibration, count
        self.every = 1
        while fps / self.every > FASTEST:
            self.every *= 2
        self.fps = fps / self.every
        longer = max(calibration.sizes[0].tolist())
        self.width, self.height = (
            -(-side * min(PICTURE_SIZE, longer) // longer) for side in calibration.sizes[0].tolist()
        )
        boxes = [
            letterbox_of(height, width, self.height, self.width)[2] for width, height in calibration.sizes.tolist()
        ]
        self.low, self.high = np.split(np.array(boxes)[:, None], 2, axis=-1)
        self.black = np.zeros((self.height, self.width, 3), np.uint8)
        self.past: deque[np.ndarray] = deque(maxlen=TRAIL + 1)

    @property
    def tiles(self) -> np.ndarray:
        """Where each camera's whole image lies in what is drawn, `[V, 4]`: x, y, width and height in pixels."""
        tiles = episode_tiles([[self.width, self.height]] * len(self.low), PICTURE_SIZE)
        low, size = self.low[:, 0], (self.high - self.low)[:, 0]
        return np.concatenate([tiles[:, :2] + tiles[:, 2:] * (-1 - low) / size, tiles[:, 2:] * 2 / size], 1)

    @property
    def reach(self) -> int:
        """How many frames before one its drawing depends on."""
        return TRAIL * self.every

    def prepare(self, time: int, view: int, image: Image.Image | VideoFrame) -> np.ndarray | None:
        """Makes the picture of a camera's image, uint8 `[h, w, 3]`; None for times that are not drawn.

        May be called by several threads.
        """
        return None if time % self.every else fit_image(image, self.height, self.width, 3)[0]

    def remember(self, first: int, tracks: Tracks) -> None:
        """Takes note of where keypoints were in frames that were drawn before, of which `first` is the first."""
        drawn = tracks.keypoints[-first % self.every :: self.every]
        self.past.extend(self._project(drawn[-TRAIL:]))

    def draw(
        self, first: int, pictures: Sequence[Sequence[np.ndarray | Missing | None]], tracks: Tracks
    ) -> Iterator[np.ndarray]:
        """Draws those of some frames that are to be drawn: uint8 RGB `[h, w, 3]` each.

        Args:
            first: The number of the first of the frames in the recording.
            pictures: V pictures of each frame; black where one is missing.
            tracks: What was found in the frames.
        """
        drawn = slice(-first % self.every, None, self.every)
        places, confidences = self._project(tracks.keypoints[drawn]), tracks.confidence[drawn]
        for time, (uv, images, confidence) in enumerate(zip(places, pictures[drawn], confidences, strict=True)):
            number = first + drawn.start + time * self.every
            self.past.append(uv)
            yield episode_frame(
                [image if isinstance(image, np.ndarray) else self.black for image in images],
                np.stack(self.past),
                f"frame {number} of {self.count}",
                np.zeros((len(images), 0, 2)),
                confidence,
                PICTURE_SIZE,
                TRAIL,
                self.calibration.names,
            )

    def _project(self, keypoints: np.ndarray) -> np.ndarray:
        """`[T, K, 3]` to `[T, V, K, 2]`, normalised coordinates of the pictures."""
        pixels = self.calibration.project(keypoints.reshape(-1, 3)).reshape(-1, *keypoints.shape[:2], 2)
        uv = (2 * np.swapaxes(pixels, 0, 1) + 1) / self.calibration.sizes[:, None] - 1
        return (2 * uv - self.low - self.high) / (self.high - self.low)
