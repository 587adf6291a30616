"""Procedural chairs: one of several undercarriages, seats, backs and armrests, in one to three colors."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from tfkeypoints.rendering.shapes.chair_plan import Plan
from tfkeypoints.rendering.shapes.parts import (
    Assembly,
    Shape,
    box,
    color,
    grey,
    left_and_right,
    loft,
    rounded_path,
    slab,
    superellipse,
    tube,
    wood,
)

Undercarriage: TypeAlias = Callable[[Assembly, Plan, np.random.Generator], Mapping[str, ArrayLike]]
"""Adds what a chair stands on, and returns where it does: names and points."""


def make_chair(rng: np.random.Generator) -> Shape:
    """Draws a chair; landmarks are the feet, the seat's corners and centre, and the top of the back."""
    material = rng.choice(["wood", "metal", "paint"])
    frame = {"wood": wood, "metal": lambda r: grey(r, 0.15, 0.8), "paint": color}[material](rng)
    cover = color(rng) if rng.random() < 0.8 else frame
    upholstered = rng.random() < 0.2
    exponent = rng.choice([2.0, 3.0, 5.0, 10.0], p=[0.15, 0.2, 0.3, 0.35])
    plan = Plan(
        width=rng.uniform(0.85, 1.2),
        depth=rng.uniform(0.85, 1.1),
        seat_height=rng.uniform(0.75, 1.1),
        seat_thickness=rng.uniform(0.25, 0.4) if upholstered else rng.uniform(0.06, 0.14),
        exponent=exponent,
        taper=rng.uniform(0, 0.2),
        leg_radius=rng.uniform(0.035, 0.065),
        back_height=rng.uniform(0.65, 1.25),
        back_thickness=rng.uniform(0.16, 0.26) if upholstered else rng.uniform(0.06, 0.11),
        recline=rng.uniform(0, 0.3),
        lumbar=rng.uniform(0, 0.08),
        wrap=rng.choice([0.0, rng.uniform(0.05, 0.3)]),
        flare=rng.uniform(-0.12, 0.1),
        arch=rng.choice([0.0, rng.uniform(0.03, 0.2)]),
        frame=frame,
        cover=cover,
        accent=color(rng) if rng.random() < 0.4 else cover,
    )
    chair = Assembly()
    add_seat(chair, plan, rng)
    undercarriages: list[Undercarriage] = [add_legs, add_legs, add_legs, add_pedestal, add_sled]
    feet = undercarriages[rng.integers(len(undercarriages))](chair, plan, rng)
    backs = [add_solid_back] if upholstered else [add_solid_back, add_slats, add_ladder, add_framed_back]
    backs[rng.integers(len(backs))](chair, plan, rng)
    if rng.random() < 0.5:
        arms = [add_arm_panels] if upholstered else [add_arm_posts, add_arm_loops, add_arm_panels]
        arms[rng.integers(len(arms))](chair, plan, rng)
    corners = {"seat_front": plan.seat_corner(front=True), "seat_rear": plan.seat_corner(front=False)}
    landmarks = left_and_right({**feet, **corners, "back_top": plan.back_point(1, 1)})
    landmarks["back_top_centre"] = plan.back_point(0, 1)
    landmarks["seat_centre"] = plan.seat_point(0, 0)
    return chair.shape(landmarks)


def add_seat(chair: Assembly, plan: Plan, rng: np.random.Generator) -> None:
    """Adds the seat and sometimes a cushion, whose upper side is then the seat's."""
    size = np.array([plan.depth, plan.width, plan.seat_thickness])
    cushioned = rng.random() < 0.4
    cushion = rng.uniform(0.06, 0.12) if cushioned else 0.0
    centre = [0, 0, plan.seat_height - cushion - plan.seat_thickness / 2]
    bevel = rng.uniform(0.2, 0.9)
    chair.add(slab(centre, size, plan.exponent, bevel, plan.taper), plan.cover if not cushioned else plan.frame)
    if cushioned:
        padding = [0.98 * plan.depth, 0.98 * plan.width, cushion]
        top = [0, 0, plan.seat_height - cushion / 2]
        chair.add(slab(top, padding, plan.exponent, 0.8, plan.taper), plan.accent)


def add_legs(chair: Assembly, plan: Plan, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Adds four legs, straight or splayed, round or square, sometimes with stretchers between them."""
    splay = rng.choice([0.0, rng.uniform(0.05, 0.22)])
    square = rng.random() < 0.4
    foot_share = rng.uniform(0.5, 1.0)
    inset = 0.97 - 1.5 * plan.leg_radius
    underside = plan.seat_height - 0.8 * plan.seat_thickness
    feet, tops = {}, {}
    for name, front in [("front", True), ("rear", False)]:
        top = plan.seat_corner(front) * [inset, inset, 0] + [0, 0, underside]
        foot = top * [1, 1, 0] + splay * np.array([1 if front else -1, 1, 0]) * [1, 0.8, 0]
        feet["foot_" + name], tops[name] = foot, top
        radii = plan.leg_radius * np.array([foot_share, 1.0])
        if square:
            rings = [
                end + r * np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]])
                for end, r in zip((foot, top), radii, strict=True)
            ]
            chair.add(loft(np.stack(rings)), plan.frame, mirrored=True)
        else:
            chair.add(tube([foot, top], radii), plan.frame, mirrored=True)
    if rng.random() < 0.35:
        add_stretchers(chair, plan, feet, tops, rng.uniform(0.25, 0.5), rng.random() < 0.5)
    return feet


def add_stretchers(
    chair: Assembly,
    plan: Plan,
    feet: Mapping[str, np.ndarray],
    tops: Mapping[str, np.ndarray],
    height: float,
    crossed: bool,
) -> None:
    """Joins the legs at a share `height` of their length: side rails, and a cross rail or one front and rear."""
    front, rear = ((1 - height) * feet["foot_" + end] + height * tops[end] for end in ("front", "rear"))
    radius = 0.6 * plan.leg_radius
    chair.add(tube([front, rear], radius), plan.frame, mirrored=True)
    for point in [(front + rear) / 2] if crossed else [front, rear]:
        chair.add(tube([point, point * [1, -1, 1]], radius), plan.frame)


def add_pedestal(chair: Assembly, plan: Plan, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Adds a column on a disc, or on a star of four or five arms with castors."""
    reach = rng.uniform(0.45, 0.6) * plan.width
    column = rng.uniform(0.05, 0.09)
    chair.add(
        tube([[0, 0, 0.06], [0, 0, plan.seat_height - 0.8 * plan.seat_thickness]], [1.3 * column, column]), plan.frame
    )
    arms = rng.choice([0, 4, 5])
    if arms == 0:
        chair.add(slab([0, 0, 0.03], [2 * reach, 2 * reach, 0.06], 2.0, 0.7), plan.frame)
        angles = np.deg2rad([45, 135])
    else:
        angles = np.deg2rad([45, 135] if arms == 4 else [36, 108])
        castor = rng.choice([0.0, 0.05])
        spread = np.concatenate([angles, -angles, [np.pi] if arms == 5 else []])
        for direction in np.stack([np.cos(spread), np.sin(spread), 0 * spread], axis=1):
            tip = reach * direction
            chair.add(tube([[0, 0, 0.16], tip + [0, 0, 0.04 + castor]], [0.06, 0.04]), plan.frame)
            if castor:
                wheel = tip + [0, 0, castor]
                across = 0.035 * np.cross(direction, [0, 0, 1])
                chair.add(tube([wheel - across, wheel + across], castor), 0.3 * plan.frame)
    return {
        name: reach * np.array([np.cos(angle), np.sin(angle), 0])
        for name, angle in zip(("foot_front", "foot_rear"), angles, strict=True)
    }


def add_sled(chair: Assembly, plan: Plan, rng: np.random.Generator) -> dict[str, list[float]]:
    """Adds a bent tube a side: runners with legs front and rear, or a cantilever without the rear ones."""
    radius = 0.8 * plan.leg_radius
    side = plan.seat_corner(front=True)[1] * 0.95
    front, rear = rng.uniform(0.42, 0.5) * plan.depth, -rng.uniform(0.42, 0.52) * plan.depth
    underside = plan.seat_height - 0.8 * plan.seat_thickness
    corners = [[rear, side, radius], [front, side, radius], [0.9 * front, side, underside]]
    cantilever = rng.random() < 0.4
    if not cantilever:
        corners = [[0.8 * rear, side, underside], *corners]
    chair.add(tube(rounded_path(corners, 0.12), radius), plan.frame, mirrored=True)
    if cantilever or rng.random() < 0.5:
        chair.add(tube([[rear, side, radius], [rear, -side, radius]], radius), plan.frame)
    return {"foot_front": [front - 0.06, side, 0], "foot_rear": [rear + 0.06 * (not cantilever), side, 0]}


def add_solid_back(chair: Assembly, plan: Plan, rng: np.random.Generator) -> None:
    """Adds one panel, from the seat up or with a gap below it on two posts."""
    gap = rng.choice([0.0, rng.uniform(0.15, 0.4)]) if plan.back_thickness < 0.15 else 0.0
    chair.add(plan.back_panel((-1, 1), (gap, 1), columns=13), plan.accent)
    if gap:
        chair.add(plan.back_panel((0.6, 0.75), (0, gap + 0.1), 0.9), plan.frame, mirrored=True)


def add_slats(chair: Assembly, plan: Plan, rng: np.random.Generator) -> None:
    """Adds upright slats between two posts under a top rail."""
    post, rail = rng.uniform(0.1, 0.18), rng.uniform(0.1, 0.25)
    _add_posts(chair, plan, post, rail)
    count = rng.integers(2, 7)
    width = rng.uniform(0.3, 0.6) * 2 * (1 - post) / count
    for middle in np.linspace(-1, 1, count + 2)[1:-1] * (1 - post):
        chair.add(plan.back_panel((middle - width / 2, middle + width / 2), (0, 1 - rail / 2), 0.6), plan.accent)


def add_ladder(chair: Assembly, plan: Plan, rng: np.random.Generator) -> None:
    """Adds rungs across two posts under a top rail."""
    post, rail = rng.uniform(0.1, 0.18), rng.uniform(0.1, 0.2)
    _add_posts(chair, plan, post, rail)
    count = rng.integers(1, 5)
    pitch = (1 - rail) / (count + 0.5)
    for lower in pitch * (np.arange(count) + 0.5):
        rung = (lower, lower + rng.uniform(0.35, 0.6) * pitch)
        chair.add(plan.back_panel((post - 1, 1 - post), rung, 0.7, columns=9, rows=3), plan.accent)


def add_framed_back(chair: Assembly, plan: Plan, rng: np.random.Generator) -> None:
    """Adds a padded panel inside a frame."""
    post, rail = rng.uniform(0.1, 0.2), rng.uniform(0.08, 0.15)
    _add_posts(chair, plan, post, rail)
    panel = (rng.uniform(0.1, 0.35), 1 - rail)
    chair.add(plan.back_panel((post - 1, 1 - post), panel, rng.uniform(0.5, 1.6), columns=11), plan.accent)


def _add_posts(chair: Assembly, plan: Plan, post: float, rail: float) -> None:
    chair.add(plan.back_panel((1 - post, 1), (0, 1)), plan.frame, mirrored=True)
    chair.add(plan.back_panel((post - 1, 1 - post), (1 - rail, 1), columns=11, rows=4), plan.frame)


def _arm_measures(plan: Plan, rng: np.random.Generator) -> tuple[float, float, float, float]:
    height = plan.seat_height + rng.uniform(0.3, 0.5) * min(plan.back_height, 1.0)
    front = rng.uniform(0.3, 0.47) * plan.depth
    rear = plan.back_point(1, 0.5)[0]
    side = plan.seat_point(0, 1)[1]
    return height, front, rear, side


def add_arm_posts(chair: Assembly, plan: Plan, rng: np.random.Generator) -> None:
    """Adds flat armrests on a post each."""
    height, front, rear, side = _arm_measures(plan, rng)
    rest = rng.uniform(0.08, 0.16)
    chair.add(box([(front + rear) / 2, side, height], [front - rear, rest, 0.06]), plan.frame, mirrored=True)
    base = [0.9 * front, side - 0.03, plan.seat_height - plan.seat_thickness]
    chair.add(tube([base, [0.9 * front, side, height]], plan.leg_radius * 0.9), plan.frame, mirrored=True)


def add_arm_loops(chair: Assembly, plan: Plan, rng: np.random.Generator) -> None:
    """Adds a bent tube a side, from the seat up, back to the back."""
    height, front, rear, side = _arm_measures(plan, rng)
    corners = [
        [0.8 * front, side - 0.02, plan.seat_height - plan.seat_thickness],
        [front, side, height],
        [rear, side, height],
    ]
    chair.add(tube(rounded_path(corners, 0.15), rng.uniform(0.9, 1.3) * plan.leg_radius), plan.frame, mirrored=True)


def add_arm_panels(chair: Assembly, plan: Plan, rng: np.random.Generator) -> None:
    """Adds solid sides."""
    height, front, rear, side = _arm_measures(plan, rng)
    thickness = plan.back_thickness * rng.uniform(0.8, 1.1)
    bottom = plan.seat_height - plan.seat_thickness
    size = [height - bottom, front - rear, thickness]
    outline = superellipse(32, 8.0) / 2
    rings = [
        np.column_stack([outline[:, 1] * size[1] * scale, np.full(32, offset), outline[:, 0] * size[0] * scale])
        for scale, offset in [(0.93, -0.5), (1, -0.35), (1, 0.35), (0.93, 0.5)]
    ]
    panel = np.stack(rings) * [1, thickness, 1] + [(front + rear) / 2, side, (height + bottom) / 2]
    chair.add(loft(panel), plan.cover, mirrored=True)
