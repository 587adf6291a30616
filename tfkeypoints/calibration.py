"""The promised place of `read_calibration`; it lives in `tfkeypoints.cameras`."""

from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.reading import read_calibration

__all__ = ["Calibration", "read_calibration"]
