"""The kinds of aeroplanes that are drawn, each as ranges of measures."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Style:
    """Ranges (low, high) that make one kind of aeroplane; the fuselage's length is 1, lengths are shares of it.

    Attributes:
        radius: Of the fuselage.
        nose, tail: Lengths over which the fuselage narrows.
        span: Half the wing's span.
        root, taper: The wing's chord at the fuselage, and the tip's share of it.
        sweep: Angle of the leading edge, degrees.
        dihedral: Degrees.
        place: Where the wing's leading edge leaves the fuselage, from the tail (0) to the nose (1).
        level: Height of the wing on the fuselage from bottom (-1) to top (1).
        tail_size: Of fin and stabiliser, a share of the usual.
        high_tail: Probability that the stabiliser sits on top of the fin.
        engines: Kinds to choose from: "wing" (one a side), "four", "rear", "wing_propellers", "nose_propeller", "jet",
            "none".
        canopy: Whether a bubble covers the cockpit, instead of windows let into the nose.
        gear: Probability of a fixed undercarriage.
    """

    radius: tuple
    nose: tuple
    tail: tuple
    span: tuple
    root: tuple
    taper: tuple
    sweep: tuple
    dihedral: tuple
    place: tuple
    level: tuple
    engines: tuple
    tail_size: tuple = (0.85, 1.15)
    high_tail: float = 0.15
    canopy: bool = False
    gear: float = 0.0


AIRLINER = Style(
    radius=(0.05, 0.07),
    nose=(0.1, 0.15),
    tail=(0.25, 0.35),
    span=(0.4, 0.52),
    root=(0.18, 0.24),
    taper=(0.25, 0.4),
    sweep=(22, 36),
    dihedral=(3, 8),
    place=(0.58, 0.66),
    level=(-0.7, -0.5),
    engines=("wing", "wing", "four", "rear"),
)
BUSINESS_JET = dataclasses.replace(
    AIRLINER,
    radius=(0.055, 0.07),
    nose=(0.16, 0.22),
    span=(0.4, 0.5),
    place=(0.5, 0.56),
    engines=("rear",),
    high_tail=0.8,
)
TURBOPROP = dataclasses.replace(
    AIRLINER,
    radius=(0.055, 0.075),
    span=(0.45, 0.6),
    root=(0.13, 0.18),
    taper=(0.45, 0.7),
    sweep=(0, 8),
    dihedral=(0, 5),
    place=(0.55, 0.62),
    level=(0.75, 0.9),
    engines=("wing_propellers",),
    high_tail=0.5,
)
LIGHT = dataclasses.replace(
    TURBOPROP,
    radius=(0.065, 0.09),
    nose=(0.14, 0.2),
    tail=(0.45, 0.6),
    span=(0.55, 0.72),
    root=(0.18, 0.24),
    taper=(0.6, 1.0),
    place=(0.64, 0.72),
    level=(-0.7, 0.9),
    engines=("nose_propeller",),
    high_tail=0.1,
    canopy=True,
    gear=0.8,
)
GLIDER = dataclasses.replace(
    LIGHT,
    radius=(0.055, 0.07),
    nose=(0.2, 0.28),
    span=(0.7, 0.85),
    root=(0.15, 0.19),
    taper=(0.4, 0.6),
    level=(0.3, 0.6),
    engines=("none",),
    high_tail=0.8,
    gear=0.0,
)
FAST_JET = Style(
    radius=(0.05, 0.07),
    nose=(0.3, 0.4),
    tail=(0.08, 0.15),
    span=(0.28, 0.4),
    root=(0.32, 0.5),
    taper=(0.1, 0.3),
    sweep=(38, 55),
    dihedral=(-4, 3),
    place=(0.6, 0.66),
    level=(-0.3, 0.4),
    engines=("jet",),
    tail_size=(1.0, 1.3),
    high_tail=0.0,
    canopy=True,
)
STYLES = (AIRLINER, AIRLINER, AIRLINER, BUSINESS_JET, TURBOPROP, TURBOPROP, LIGHT, LIGHT, GLIDER, FAST_JET)
