"""The kinds of cars that are drawn, each as ranges of measures."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Style:
    """Ranges (low, high) that make one kind of car. Lengths are in metres, places are shares from tail (0) to nose (1).

    Attributes:
        length, width, height: Overall.
        belt: Height of the windows' lower edge, a share of the height.
        nose: Height of the bonnet's front end, a share of the belt's.
        rear_glass, rear_roof, front_roof, front_glass: Places where glass and roof begin and end.
        lean: How far the sides lean inwards between belt and roof, a share of the half width.
        pillars: Places of the pillars between the side windows, shares of the roof.
        load_bed: Whether an open bed lies behind the cabin.
        glazed: Whether there are side windows behind the first pillar.
    """

    length: tuple
    width: tuple
    height: tuple
    belt: tuple
    nose: tuple
    rear_glass: tuple
    rear_roof: tuple
    front_roof: tuple
    front_glass: tuple
    lean: tuple = (0.1, 0.24)
    pillars: tuple = (0.45,)
    load_bed: bool = False
    glazed: bool = True


SALOON = Style(
    length=(4.3, 5.0),
    width=(1.7, 1.95),
    height=(1.35, 1.5),
    belt=(0.6, 0.67),
    nose=(0.74, 0.86),
    rear_glass=(0.1, 0.18),
    rear_roof=(0.27, 0.34),
    front_roof=(0.52, 0.58),
    front_glass=(0.67, 0.73),
)
HATCHBACK = dataclasses.replace(
    SALOON, length=(3.4, 4.1), height=(1.4, 1.6), rear_glass=(0.02, 0.05), rear_roof=(0.1, 0.2), front_glass=(0.7, 0.78)
)
ESTATE = dataclasses.replace(
    SALOON, height=(1.4, 1.8), rear_glass=(0.02, 0.04), rear_roof=(0.06, 0.1), pillars=(0.3, 0.62)
)
COUPE = dataclasses.replace(
    SALOON,
    length=(4.0, 4.6),
    height=(1.1, 1.28),
    nose=(0.6, 0.75),
    rear_glass=(0.06, 0.14),
    rear_roof=(0.32, 0.38),
    front_roof=(0.45, 0.5),
    front_glass=(0.62, 0.68),
    pillars=(),
)
PICKUP = dataclasses.replace(
    SALOON,
    length=(4.7, 5.4),
    height=(1.6, 1.85),
    belt=(0.58, 0.64),
    nose=(0.84, 0.95),
    rear_glass=(0.38, 0.44),
    rear_roof=(0.42, 0.47),
    front_roof=(0.59, 0.63),
    front_glass=(0.7, 0.75),
    pillars=(),
    load_bed=True,
)
VAN = dataclasses.replace(
    SALOON,
    height=(1.8, 2.3),
    belt=(0.5, 0.56),
    nose=(0.72, 0.88),
    rear_glass=(0.01, 0.02),
    rear_roof=(0.03, 0.05),
    front_roof=(0.68, 0.74),
    front_glass=(0.83, 0.88),
    lean=(0.04, 0.12),
    pillars=(0.42, 0.72),
)
BUS = dataclasses.replace(
    VAN,
    length=(5.4, 6.8),
    width=(1.9, 2.2),
    height=(2.1, 2.5),
    nose=(0.85, 0.95),
    front_roof=(0.87, 0.9),
    front_glass=(0.95, 0.97),
    lean=(0.02, 0.07),
    pillars=(0.2, 0.4, 0.6, 0.8),
)
CARGO_VAN = dataclasses.replace(VAN, pillars=(0.72,), glazed=False)
STYLES = (SALOON, SALOON, HATCHBACK, HATCHBACK, ESTATE, COUPE, PICKUP, VAN, CARGO_VAN, BUS)
