"""The networks that KeypointNet can be built of."""

from tfkeypoints.networks import DilatedNetwork, HourglassNetwork

NETWORKS = ("dilated", "hourglass")


def make_network(kind, filters, dilations, first_stride, dtype):
    """A network from images to features, by its name.

    Raises:
        ValueError: If the name is unknown.
    """
    if kind not in NETWORKS:
        raise ValueError(f"`network` must be one of {NETWORKS}. Received: network={kind!r}")
    if kind == "hourglass":
        return HourglassNetwork(filters, first_stride, dtype=dtype)
    return DilatedNetwork(filters, dilations, first_stride, dtype=dtype)
