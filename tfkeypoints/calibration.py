"""The promised place of `read_calibration` and `write_calibration`; they live in `tfkeypoints.cameras`."""

from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.reading import read_calibration
from tfkeypoints.cameras.writing import write_calibration

__all__ = ["Calibration", "read_calibration", "write_calibration"]
