"""Procedural aeroplanes: airliners, business jets, turboprops, light aircraft, gliders and fast jets."""

from typing import TYPE_CHECKING

import numpy as np

from tfkeypoints.rendering.shapes.airframe import Fuselage, Wing
from tfkeypoints.rendering.shapes.parts import (
    GLASS,
    Assembly,
    Shape,
    box,
    color,
    ellipsoid,
    grey,
    left_and_right,
    loft,
    superellipse,
    tube,
)
from tfkeypoints.rendering.shapes.plane_styles import STYLES

if TYPE_CHECKING:
    from tfkeypoints.rendering.shapes.plane_styles import Style


DARK = np.array([0.1, 0.1, 0.11])


def make_plane(rng: np.random.Generator) -> Shape:
    """Draws an aeroplane; landmarks are nose and tail, and tips and roots of the wing, the stabiliser and the fin."""
    style = STYLES[rng.integers(len(STYLES))]
    fuselage = Fuselage(style, rng)
    paint = grey(rng, 0.75, 0.97) if rng.random() < 0.4 else color(rng, (0.2, 0.8), (0.55, 1.0))
    wing_paint = paint if rng.random() < 0.4 else grey(rng, 0.4, 0.9)
    accent = color(rng, (0.5, 0.95), (0.4, 0.95))
    plane = Assembly()
    add_fuselage(plane, style, fuselage, paint, accent, rng)
    cockpit = add_cockpit(plane, style, fuselage, rng)
    wing, level = add_wing(plane, style, fuselage, wing_paint, accent, rng)
    stabiliser, fin = add_tail(plane, style, fuselage, wing_paint, accent, rng)
    add_engines(plane, style, fuselage, wing, accent, rng)
    if rng.random() < style.gear:
        add_gear(plane, fuselage, wing, level)
    root = fuselage.radius * np.sqrt(1 - level**2) / wing.tip[1]
    paired = {
        "wing_tip": wing.edge(1, 0.5),
        "wing_root_front": wing.edge(root, 0),
        "wing_root_rear": wing.edge(root, 1),
        "stabiliser_tip": stabiliser.edge(1, 0.5),
    }
    middles = {
        "nose": fuselage.centre(1),
        "tail": fuselage.centre(0),
        "cockpit": cockpit,
        "fin_tip": fin.edge(1, 0.5),
        "fin_root": fuselage.top(fin.root[0] + 0.5),
    }
    return plane.shape({**left_and_right(paired), **middles})


def add_fuselage(
    plane: Assembly, style: "Style", fuselage: Fuselage, paint: np.ndarray, accent: np.ndarray, rng: np.random.Generator
) -> None:
    """Adds the fuselage with a belly of another color, a stripe or a painted tail, and sometimes cabin windows."""
    place = np.unique(np.concatenate([np.linspace(0, 1, 61), 1 - fuselage.nose * np.linspace(0, 0.3, 6) ** 2]))
    points = 24
    circle = superellipse(points)
    section = np.column_stack([np.zeros(points), circle[:, 0], circle[:, 1] * fuselage.height])
    rings = fuselage.centre(place)[:, None] + fuselage.half_width(place)[:, None, None] * section
    vertices, faces = loft(rings)
    up = np.sin(2 * np.pi * (np.arange(points) + 1) / points)  # of each strip, -1 at the belly
    middle = (place[1:] + place[:-1]) / 2
    colors = np.tile(paint, (len(middle), points, 1))
    if rng.random() < 0.5:
        colors[:, up < rng.uniform(-0.7, -0.3)] = grey(rng, 0.3, 0.8)
    if rng.random() < 0.4:
        colors[:, np.abs(up - rng.uniform(-0.3, 0.1)) < 0.15] = accent
    if rng.random() < 0.5:
        colors[middle < rng.uniform(0.1, 0.3)] = accent
    if not style.canopy and rng.random() < 0.8:
        cabin = (middle > 0.8 * fuselage.tail) & (middle < 1 - 1.2 * fuselage.nose) & (np.arange(len(middle)) % 2 == 0)
        colors[np.ix_(cabin, (up > 0.2) & (up < 0.4))] = GLASS
    cells = colors.reshape(-1, 3)
    ends = np.tile(0.6 * paint, (len(faces) - 2 * len(cells), 1))
    plane.add((vertices, faces), np.concatenate([cells, cells, ends]))


def add_cockpit(plane: Assembly, style: "Style", fuselage: Fuselage, rng: np.random.Generator) -> np.ndarray:
    """Adds a bubble canopy, or a windscreen let into the nose; returns the middle of its top."""
    if style.canopy:
        place = 1 - fuselage.nose * rng.uniform(0.95, 1.15)
        length, rise = rng.uniform(0.07, 0.11), rng.uniform(0.45, 0.75) * fuselage.radius
        centre = fuselage.top(place) - [0, 0, 0.2 * fuselage.radius]
        radii = [length, 0.75 * fuselage.half_width(place), rise + 0.2 * fuselage.radius]
        plane.add(ellipsoid(centre, radii, rings=11), GLASS)
        return centre + [0, 0, radii[2]]
    place = 1 - 0.45 * fuselage.nose
    middle = fuselage.top(place)
    slope = fuselage.top(place + 0.01) - fuselage.top(place - 0.01)
    along, width = 0.22 * fuselage.nose * slope / np.linalg.norm(slope), 0.8 * fuselage.half_width(place)
    arc = np.linspace(-1, 1, 9)
    rings = []
    for end, share in [(along, 0.8), (-along, 1.0)]:
        lower = middle + end + np.column_stack([0 * arc, share * width * arc, -0.55 * width * arc**2])
        rings.append(np.concatenate([lower + [0, 0, 0.006], lower[::-1] - [0, 0, 0.02]]))
    plane.add(loft(np.stack(rings)), GLASS)
    return middle + [0, 0, 0.006]


def add_wing(
    plane: Assembly, style: "Style", fuselage: Fuselage, paint: np.ndarray, accent: np.ndarray, rng: np.random.Generator
) -> tuple[Wing, float]:
    """Adds both halves of the wing, sometimes with winglets or colored tips; returns it and its level."""
    level = rng.uniform(*style.level)
    if abs(level) < 0.5 and "nose_propeller" in style.engines:
        level = np.copysign(0.8, level)
    half_span, chord = rng.uniform(*style.span), rng.uniform(*style.root)
    sweep, dihedral = np.deg2rad(rng.uniform(*style.sweep)), np.deg2rad(rng.uniform(*style.dihedral))
    root = fuselage.centre(rng.uniform(*style.place)) + [0, 0, level * fuselage.height * fuselage.radius]
    tip = root + half_span * np.array([-np.tan(sweep), 1, np.tan(dihedral)])
    wing = Wing(root, tip, chord, chord * rng.uniform(*style.taper), rng.uniform(0.1, 0.15))
    plane.add(wing.surface(), paint, mirrored=True)
    winglet = rng.random()
    if winglet < 0.35 and not style.canopy:
        height = rng.uniform(0.04, 0.08)
        top = wing.edge(0.98, 0.3) + height * np.array([-0.6, 0.25, 1])
        fence = Wing(wing.edge(0.98, 0.1), top, 0.9 * wing.tip_chord, 0.4 * wing.tip_chord, 0.1)
        plane.add(fence.surface(3), accent, mirrored=True)
    elif winglet < 0.65:
        start = rng.uniform(0.75, 0.9)
        outer = Wing(
            wing.edge(start, 0) + [0.003, 0, 0],
            wing.edge(1, 0) + [0.003, 0.003, 0],
            wing.edge(start, 0)[0] - wing.edge(start, 1)[0] + 0.006,
            wing.tip_chord + 0.006,
            wing.thickness * 1.15,
        )
        plane.add(outer.surface(4), accent, mirrored=True)
    return wing, level


def add_tail(
    plane: Assembly, style: "Style", fuselage: Fuselage, paint: np.ndarray, accent: np.ndarray, rng: np.random.Generator
) -> tuple[Wing, Wing]:
    """Adds fin and stabiliser, the latter on the fuselage or on top of the fin; returns the stabiliser and the fin."""
    size = rng.uniform(*style.tail_size)
    chord, height = 0.16 * size, 0.19 * size * rng.uniform(0.8, 1.1)
    sweep = np.tan(np.deg2rad(rng.uniform(25, 50) if style.sweep[1] > 15 else rng.uniform(5, 30)))
    start = fuselage.centre(chord + 0.02)
    fin = Wing(start, start + height * np.array([-0.8 * sweep, 0, 1]), chord, chord * rng.uniform(0.4, 0.7), 0.12)
    plane.add(fin.surface(), accent)
    high = rng.random() < style.high_tail
    root = fin.edge(0.94, 0.05) if high else fuselage.centre(0.8 * chord + 0.01)
    half_span = rng.uniform(0.15, 0.19) * size
    tip = root + half_span * np.array([-0.8 * sweep, 1, 0 if high else rng.uniform(0, 0.12)])
    root_chord = 0.75 * chord
    stabiliser = Wing(root, tip, root_chord, root_chord * rng.uniform(0.4, 0.7), 0.1)
    plane.add(stabiliser.surface(), paint, mirrored=True)
    return stabiliser, fin


def add_engines(
    plane: Assembly, style: "Style", fuselage: Fuselage, wing: Wing, accent: np.ndarray, rng: np.random.Generator
) -> None:
    """Adds the engines of one of the style's kinds."""
    kind = style.engines[rng.integers(len(style.engines))]
    case = accent if rng.random() < 0.5 else grey(rng, 0.3, 0.85)
    radius, length = 0.42 * fuselage.radius * rng.uniform(0.9, 1.25), rng.uniform(0.09, 0.13)
    if kind in ("wing", "four"):
        for share in (0.33,) if kind == "wing" else (0.3, 0.58):
            front = wing.edge(share, 0.0) + [0.4 * length, 0, -1.25 * radius]
            add_nacelle(plane, front, length, radius, case)
            pylon = Wing(
                front + [-0.3 * length, 0, 0.5 * radius], wing.edge(share, 0.1), 0.6 * length, 0.6 * length, 0.15
            )
            plane.add(pylon.surface(3), case, mirrored=True)
    elif kind == "rear":
        front = fuselage.centre(0.34) + [0, fuselage.radius + 0.9 * radius, 0.35 * fuselage.radius]
        add_nacelle(plane, front, length, radius, case)
        plane.add(
            box(front - [0.5 * length, 0.9 * radius, 0], [0.5 * length, 1.2 * radius, 0.012]), case, mirrored=True
        )
    elif kind == "wing_propellers":
        front = wing.edge(0.3, 0) + [0.5 * length, 0, -0.01]
        add_nacelle(plane, front, 1.6 * length, 0.75 * radius, case, spinner=True)
        blades = int(rng.integers(3, 6))
        add_propeller(plane, front + [0.015, 0, 0], rng.uniform(0.07, 0.09), accent, blades, mirrored=True)
    elif kind == "nose_propeller":
        nose = fuselage.centre(1.0)
        plane.add(ellipsoid(nose, [0.035, 0.025, 0.025]), accent)
        add_propeller(plane, nose + [0.01, 0, 0], rng.uniform(0.11, 0.15), DARK, int(rng.integers(2, 5)))
    elif kind == "jet":
        outlet = fuselage.centre(0.0)
        plane.add(
            tube(
                [outlet + [0.01, 0, 0], outlet - [0.03, 0, 0]],
                [0.9 * fuselage.half_width(0), 0.7 * fuselage.half_width(0)],
            ),
            DARK,
        )
        inlet = fuselage.centre(0.66) + [0, 0.95 * fuselage.radius, -0.25 * fuselage.radius]
        plane.add(box(inlet - [0.11, 0, 0], [0.22, 0.8 * fuselage.radius, 1.1 * fuselage.radius]), case, mirrored=True)


def add_nacelle(
    plane: Assembly, front: np.ndarray, length: float, radius: float, case: np.ndarray, spinner: bool = False
) -> None:
    """Adds a pair of nacelles whose inlets' middles are `front` and its mirror image."""
    x = np.array([0, 0.04, 0.15, 0.5, 0.85, 1.0])
    size = np.array([0.8, 0.92, 1.0, 1.0, 0.75, 0.5]) * radius
    path = front - np.outer(x * length, [1, 0, 0])
    plane.add(tube(path, size, points=16), case, mirrored=True)
    mouth = 0.3 if spinner else 0.72
    plane.add(tube([front - [0.01, 0, 0], front + [0.004, 0, 0]], mouth * radius, points=16), DARK, mirrored=True)
    plane.add(
        tube([path[-1] + [0.01, 0, 0], path[-1] - [0.02, 0, 0]], [0.4 * radius, 0.25 * radius]), DARK, mirrored=True
    )


def add_propeller(
    plane: Assembly, hub: np.ndarray, radius: float, shade: np.ndarray, blades: int, mirrored: bool = False
) -> None:
    """Adds blades about the x axis through `hub`, the first one straight up."""
    for angle in 2 * np.pi * np.arange(blades) / blades:
        out = np.array([0, np.sin(angle), np.cos(angle)])
        across = np.cross(out, [1.0, 0, 0])
        start, end = hub + 0.1 * radius * out, hub + radius * out
        ring = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
        rings = [
            p + 0.004 * ring[:, :1] * [1, 0, 0] + w * ring[:, 1:] * across for p, w in [(start, 0.007), (end, 0.013)]
        ]
        plane.add(loft(np.stack(rings)), shade, mirrored=mirrored)


def add_gear(plane: Assembly, fuselage: Fuselage, wing: Wing, level: float) -> None:
    """Adds a fixed undercarriage of three wheels, and struts to a high wing."""
    belly = fuselage.height * fuselage.radius
    ground = -belly - 0.07
    hub = np.array([wing.root[0] - 0.4 * wing.root_chord, 0.11, ground])
    plane.add(tube([hub * [1, 0.3, 0] - [0, 0, 0.7 * belly], hub], 0.008), DARK, mirrored=True)
    plane.add(tube([hub - [0, 0.01, 0], hub + [0, 0.01, 0]], 0.028, points=16), DARK, mirrored=True)
    nose = fuselage.centre(1 - 0.8 * fuselage.nose)
    wheel = nose * [1, 0, 0] + [0, 0, ground]
    plane.add(tube([nose, wheel], 0.008), DARK)
    plane.add(tube([wheel - [0, 0.01, 0], wheel + [0, 0.01, 0]], 0.025, points=16), DARK)
    if level > 0:
        foot = wing.edge(0, 0.4) * [1, 0, 0] + [0, 0.8 * fuselage.radius, -0.5 * belly]
        plane.add(tube([foot, wing.edge(0.5, 0.4)], 0.008), DARK, mirrored=True)
