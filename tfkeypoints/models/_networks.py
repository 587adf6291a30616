"""The networks that KeypointNet can be built of."""

from tfkeypoints.arguments import check_choice
from tfkeypoints.backbones import DilatedNetwork, HourglassNetwork

NETWORKS = ("dilated", "hourglass")


def make_network(kind, filters, dilations, first_stride, dtype):
    """A network from images to features, by its name.

    Raises:
        ValueError: If the name is unknown.
    """
    check_choice(NETWORKS, network=kind)
    if kind == "hourglass":
        return HourglassNetwork(filters, first_stride, dtype=dtype)
    return DilatedNetwork(filters, dilations, first_stride, dtype=dtype)
