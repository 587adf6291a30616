"""Networks between images and features."""

from tfkeypoints.networks.dilated import DilatedNetwork

__all__ = ["DilatedNetwork"]
