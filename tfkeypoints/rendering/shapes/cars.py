"""Procedural cars: a lofted body whose profile makes it a saloon, van, pickup and so on, with wheels and fittings."""

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from tfkeypoints.rendering.shapes.car_styles import STYLES
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
    tube,
)

if TYPE_CHECKING:
    from tfkeypoints.rendering.shapes.car_styles import Style


RUBBER = np.array([0.07, 0.07, 0.08])
HEADLIGHT = np.array([0.98, 0.95, 0.75])
TAILLIGHT = np.array([0.8, 0.08, 0.08])

Place = TypeVar("Place", float, np.ndarray)
"""Where along the car: a share of its length, or many."""


class Body:
    """One car's profiles along its length: `belt`, `roof`, `floor` and `half_width` as functions of the place."""

    def __init__(self, style: "Style", rng: np.random.Generator) -> None:
        self.style = style
        self.length, self.width = rng.uniform(*style.length), rng.uniform(*style.width)
        self.height = rng.uniform(*style.height)
        self.clearance = rng.uniform(0.16, 0.25)
        self.lean = rng.uniform(*style.lean)
        self.crown = rng.uniform(0.02, 0.06)
        self.wheel_radius = rng.uniform(0.29, 0.35) * (0.65 + 0.25 * self.height)
        self.glass = [rng.uniform(*style.rear_glass), rng.uniform(*style.front_glass)]
        self.roof_ends = [rng.uniform(*style.rear_roof), rng.uniform(*style.front_roof)]
        self.belt_height = rng.uniform(*style.belt) * self.height
        nose = rng.uniform(*style.nose) * self.belt_height
        tail = rng.uniform(0.88, 1.0) * self.belt_height
        bumper = self.clearance + 0.55 * (nose - self.clearance)
        front = self.glass[1]
        bonnet = front + (1 - front) * np.array([0, 0.82, 0.94, 1])
        self._belt = (
            [0, 0.02, 0.08, 0.3, *bonnet],
            [0.8 * tail, 0.96 * tail, tail, self.belt_height, self.belt_height, nose, 0.93 * nose, bumper],
        )
        self._plan = (
            [0, 0.02, 0.1, 0.25, 0.8, 0.94, 0.98, 1],
            [rng.uniform(0.75, 0.88), 0.92, 0.98, 1, 1, rng.uniform(0.88, 0.95), 0.82, 0.62],
        )
        self._floor = ([0, 0.12, 0.88, 1], [0.3, 0, 0, 0.2])

    def x(self, place: Place) -> Place:
        return (place - 0.5) * self.length

    def belt(self, place: Place) -> Place:
        return np.interp(place, *self._belt)

    def half_width(self, place: Place) -> Place:
        return np.interp(place, *self._plan) * self.width / 2

    def floor(self, place: Place) -> Place:
        return self.clearance * (1 + np.interp(place, *self._floor))

    def cabin(self, place: Place) -> Place:
        """Returns how much of the way from belt to roof the body reaches: 1 at the roof, 0 at bonnet and boot."""
        ramp = np.interp(place, [self.glass[0], self.roof_ends[0], self.roof_ends[1], self.glass[1]], [0, 1, 1, 0])
        return np.sin(ramp * np.pi / 2) ** 1.2

    def roof(self, place: Place) -> Place:
        return self.belt(place) + self.cabin(place) * (self.height - self.crown - self.belt(place))

    def roof_half_width(self, place: Place) -> Place:
        return self.half_width(place) * (0.95 - self.lean * self.cabin(place))

    def roof_corner(self, end: int) -> np.ndarray:
        place = self.roof_ends[end]
        return np.array([self.x(place), 0.9 * self.roof_half_width(place), self.roof(place)])


def make_car(rng: np.random.Generator) -> Shape:
    """Draws a car; landmarks are the wheels, the lights, the roof's corners and the bumpers' and glass's middles."""
    body = Body(STYLES[rng.integers(len(STYLES))], rng)
    paint = grey(rng, 0.3, 0.95) if rng.random() < 0.25 else color(rng, saturation=(0.4, 0.9), value=(0.5, 1.0))
    car = Assembly()
    add_shell(car, body, paint, rng)
    landmarks = {**add_wheels(car, body, rng), **add_lights(car, body, paint, rng)}
    for name, end in [("roof_rear", 0), ("roof_front", 1)]:
        landmarks[name] = body.roof_corner(end)
    add_fittings(car, body, paint, rng)
    middles = {
        "windscreen_base": [body.x(body.glass[1]), 0, body.belt(body.glass[1]) + body.crown],
        "front_bumper": [body.x(1), 0, (body.floor(1) + body.belt(1)) / 2],
        "rear_bumper": [body.x(0), 0, (body.floor(0) + body.belt(0)) / 2],
    }
    return car.shape({**left_and_right(landmarks), **middles})


def add_shell(car: Assembly, body: Body, paint: np.ndarray, rng: np.random.Generator) -> None:
    """Adds the painted and glazed skin, with a load bed sunk into it where the style has one."""
    key_places = [*body.glass, *body.roof_ends, 0.02, 0.985]
    place = np.unique(np.concatenate([np.linspace(0, 1, 61), key_places]))
    half, floor, belt = body.half_width(place), body.floor(place), body.belt(place)
    roof, top = body.roof(place), body.roof_half_width(place)
    crown = body.crown * np.interp(place, [0, 0.03, 0.95, 1], [0.3, 1, 1, 0.3])
    bed = (place < body.glass[0] - 0.005) & (place > 0.03) & body.style.load_bed
    roof = np.where(bed, floor + 0.35 * (belt - floor), roof)
    side = np.stack(
        [  # (y, z) of half a section, from the middle of the floor round to the middle of the roof
            [0 * half, floor],
            [0.8 * half, floor],
            [0.96 * half, floor + 0.12 * (belt - floor)],
            [half, floor + 0.5 * (belt - floor)],
            [0.99 * half, floor + 0.85 * (belt - floor)],
            [0.95 * half, belt],
            [np.where(bed, 0.86 * half, 0.95 * half), belt],
            [np.where(bed, 0.86 * half, top), roof - np.where(bed, 0, 0.04 * body.cabin(place))],
            [np.where(bed, 0.8 * half, 0.9 * top), roof + 0.02 * (body.cabin(place) > 0.5)],
            [0.5 * np.where(bed, half, top), roof + ~bed * 0.75 * crown],
            [0 * half, roof + ~bed * crown],
        ]
    )
    left = np.stack([np.broadcast_to(body.x(place), side[:, 0].shape), side[:, 0], side[:, 1]], axis=-1)
    ring = np.concatenate([left, left[-2:0:-1] * [1, -1, 1]]).transpose(1, 0, 2)
    vertices, faces = loft(ring)
    car.add((vertices, faces), _skin_colors(body, place, len(left), len(faces), bed, paint, rng))


def _skin_colors(
    body: Body, place: np.ndarray, points: int, count: int, bed: np.ndarray, paint: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Returns a color a face of the shell: glass where windows are, the sill darker, the roof sometimes its own."""
    middle = (place[1:] + place[:-1]) / 2
    strips = 2 * (points - 1)
    strip = np.minimum(np.arange(strips), strips - 1 - np.arange(strips))  # the same number left and right
    cabin = body.cabin(middle)
    roof_share = (middle - body.roof_ends[0]) / (body.roof_ends[1] - body.roof_ends[0])
    pillar = (
        np.any([np.abs(roof_share - p) < 0.03 for p in body.style.pillars], axis=0) if body.style.pillars else False
    )
    window = (cabin > 0.45) & ~pillar & (body.style.glazed | (roof_share > 0.75))
    screen = (cabin > 0.06) & (cabin < 0.985) & ((middle > 0.5) | (body.style.glazed | body.style.load_bed))
    colors = np.tile(paint, (len(middle), strips, 1))
    colors[:, strip <= 1] = 0.35 * paint
    if rng.random() < 0.25:
        colors[np.ix_(cabin > 0.9, strip >= 7)] = grey(rng, 0.1, 0.95)
    colors[np.ix_(window, strip == 6)] = GLASS
    colors[np.ix_(screen, strip >= 8)] = GLASS
    inside = bed[1:] & bed[:-1]
    colors[np.ix_(inside, strip >= 6)] = 0.3
    cells = colors.reshape(-1, 3)
    ends = np.tile(0.8 * paint, (count - 2 * len(cells), 1))
    return np.concatenate([cells, cells, ends])


def add_wheels(car: Assembly, body: Body, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Adds wheels with hubs in dark arches; returns the middles of the left wheels' outer sides."""
    hub, radius = grey(rng, 0.5, 0.9), body.wheel_radius
    places = {"wheel_rear": rng.uniform(0.17, 0.22), "wheel_front": rng.uniform(0.78, 0.82)}
    landmarks = {}
    for name, place in places.items():
        side = body.half_width(place)
        centre = np.array([body.x(place), 0, radius])
        for size, inner, outer, shade in [
            (1.18, 0.8 * side, side + 0.01, 0.5 * RUBBER),
            (1.0, 0.8 * side, side + 0.04, RUBBER),
            (0.62, 0.9 * side, side + 0.055, hub),
        ]:
            car.add(
                tube([centre + [0, inner, 0], centre + [0, outer, 0]], size * radius, points=24), shade, mirrored=True
            )
        landmarks[name] = centre + [0, side + 0.055, 0]
    return landmarks


def add_lights(car: Assembly, body: Body, paint: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Adds lights at the four corners, bumpers and a grille; returns the left lights' outer middles."""
    landmarks = {}
    wide = rng.uniform(0.1, 0.2)
    for name, place, shade, size in [("headlight", 0.975, HEADLIGHT, wide), ("taillight", 0.012, TAILLIGHT, 0.14)]:
        height = body.floor(place) + 0.74 * (body.belt(place) - body.floor(place))
        centre = np.array([body.x(place), 0.82 * body.half_width(place), height])
        radii = np.array([0.09, size, rng.uniform(0.08, 0.12)])
        car.add(ellipsoid(centre, radii), shade, mirrored=True)
        landmarks[name] = centre + [0.09 if place > 0.5 else -0.09, 0, 0]
    trim = 0.5 * paint if rng.random() < 0.5 else grey(rng, 0.1, 0.4)
    for place, depth in [(0.985, 0.12), (0.01, 0.1)]:
        car.add(box([body.x(place), 0, body.floor(place) + 0.1], [depth, 1.7 * body.half_width(place), 0.14]), trim)
    grille = [0.06, 0.7 * body.half_width(0.99), 0.3 * (body.belt(0.99) - body.floor(0.99))]
    car.add(box([body.x(0.995), 0, body.floor(0.99) + 0.6 * (body.belt(0.99) - body.floor(0.99))], grille), RUBBER)
    return landmarks


def add_fittings(car: Assembly, body: Body, paint: np.ndarray, rng: np.random.Generator) -> None:
    """Adds mirrors always; a spoiler, roof rails or a spare wheel at the tail sometimes."""
    place = body.glass[1] - 0.04
    mirror = [body.x(place), body.half_width(place) + 0.08, body.belt(place) + 0.08]
    car.add(ellipsoid(mirror, [0.07, 0.11, 0.08]), paint, mirrored=True)
    tail_height = body.belt(0.03) + body.crown
    if body.glass[0] > 0.05 and not body.style.load_bed and rng.random() < 0.4:
        lift = rng.uniform(0.1, 0.22)
        width = 1.7 * body.half_width(0.03)
        car.add(box([body.x(0.03), 0, tail_height + lift], [0.28, width, 0.05]), 0.6 * paint)
        car.add(
            box([body.x(0.03), 0.35 * width, tail_height + lift / 2], [0.1, 0.06, lift]), 0.6 * paint, mirrored=True
        )
    if body.glass[0] < 0.05 and rng.random() < 0.4:
        rear, front = (body.roof_corner(end) + [0, -0.06, 0.08] for end in (0, 1))
        car.add(tube([rear + [0.1, 0, 0], front - [0.1, 0, 0]], 0.035), grey(rng, 0.1, 0.8), mirrored=True)
