"""Paint furniture: sprites that stand on y = 0, in units of their own height unless stated otherwise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from stream.scenes.brush import Colour, Shape, box, oval, paint, rounded, smooth, tint, trace, unit
from stream.scenes.coco_ids import Label
from stream.scenes.sprite import Sprite

_WOODS: tuple[Colour, ...] = ((70, 108, 150), (48, 74, 110), (110, 150, 186), (40, 52, 70))
_CLOTHS: tuple[Colour, ...] = (
    (110, 84, 64),
    (72, 72, 140),
    (96, 120, 90),
    (150, 158, 168),
    (60, 64, 70),
    (90, 140, 190),
)


def _wood(seed: int) -> Colour:
    return _WOODS[int(unit(seed, 161) * len(_WOODS))]


def couch(seed: int, resolution: float) -> Sprite:
    """A couch, 2.3 wide."""
    cloth = _CLOTHS[int(unit(seed, 162) * len(_CLOTHS))]
    dark, pale = tint(cloth, 0.8), tint(cloth, 1.12)
    shapes = [
        Shape(box(-0.95, -0.10, -0.85, 0.0), (30, 40, 50)),
        Shape(box(0.85, -0.10, 0.95, 0.0), (30, 40, 50)),
        Shape(smooth(trace("-1.05 -.3, -1.03 -.98, 1.03 -.98, 1.05 -.3"), 2), dark, 0.16),
        Shape(smooth(trace("-.95 -.4, -.93 -.93, -.02 -.93, -.02 -.4"), 2), cloth, 0.16),
        Shape(smooth(trace(".02 -.4, .02 -.93, .93 -.93, .95 -.4"), 2), cloth, 0.16),
        Shape(box(-1.0, -0.36, 1.0, -0.08), dark, 0.05),
        Shape(smooth(trace("-.97 -.28, -.97 -.50, 0 -.50, 0 -.28"), 1), pale, 0.10),
        Shape(smooth(trace("0 -.28, 0 -.50, .97 -.50, .97 -.28"), 1), pale, 0.10),
        Shape(smooth(trace("-1.18 -.06, -1.18 -.68, -.90 -.68, -.90 -.06"), 2), cloth, 0.12),
        Shape(smooth(trace(".90 -.06, .90 -.68, 1.18 -.68, 1.18 -.06"), 2), cloth, 0.12),
    ]
    return paint(shapes, resolution, Label.COUCH, seed)


def chair(seed: int, resolution: float) -> Sprite:
    """A wooden chair from the side, its back at -x."""
    wood = _wood(seed)
    shapes = [
        Shape(
            trace("-.20 0, -.15 0, -.12 -.46, -.19 -1.0, -.25 -1.0, -.19 -.45"),
            wood,
            0.03,
        ),
        Shape(trace(".20 0, .25 0, .23 -.45, .17 -.45"), wood, 0.03),
        Shape(trace("-.10 0, -.06 0, -.06 -.44, -.10 -.44"), tint(wood, 0.6), 0.02),
        Shape(trace(".12 0, .15 0, .14 -.44, .10 -.44"), tint(wood, 0.6), 0.02),
        Shape(smooth(trace("-.22 -.42, .27 -.42, .27 -.51, -.22 -.51"), 1), tint(wood, 1.15), 0.04),
        Shape(trace("-.185 -.80, -.155 -.80, -.19 -1.0, -.24 -1.0"), tint(wood, 1.1), 0.03),
    ]
    return paint(shapes, resolution, Label.CHAIR, seed)


def table(seed: int, resolution: float) -> Sprite:
    """A dining table, 2.1 wide."""
    wood = _wood(seed + 1)
    legs = [Shape(box(x - 0.05, -0.9, x + 0.05, 0.0), tint(wood, 0.8), 0.04) for x in (-0.9, 0.9)]
    legs += [Shape(box(x - 0.035, -0.9, x + 0.035, -0.10), tint(wood, 0.5), 0.03) for x in (-0.62, 0.62)]
    top = [
        Shape(trace("-.98 -1.06, .98 -1.06, 1.08 -.92, -1.08 -.92"), tint(wood, 1.2), 0.0, 0.08),
        Shape(box(-1.08, -0.92, 1.08, -0.84), tint(wood, 0.9), 0.02, 0.06),
    ]
    return paint(legs + top, resolution, Label.DINING_TABLE, seed)


def refrigerator(seed: int, resolution: float) -> Sprite:
    """A refrigerator, 0.46 wide."""
    coat: Colour = ((228, 230, 230), (170, 168, 166), (190, 200, 214), (92, 96, 160))[
        int(unit(seed, 163) * 4)
    ]
    shapes = [
        Shape(box(-0.22, -0.03, 0.22, 0.0), (40, 40, 40)),
        Shape(rounded(-0.235, -1.0, 0.235, -0.02, 0.03), coat, 0.05, 0.02),
        Shape(box(-0.228, -0.655, 0.228, -0.645), tint(coat, 0.55), 0.0, 0.0),
        Shape(box(-0.195, -0.60, -0.172, -0.36), tint(coat, 0.6), 0.012, 0.0),
        Shape(box(-0.195, -0.86, -0.172, -0.70), tint(coat, 0.6), 0.012, 0.0),
    ]
    return paint(shapes, resolution, Label.REFRIGERATOR, seed)


def shelf(seed: int, resolution: float) -> tuple[Sprite, Sprite]:
    """A bookcase, 0.6 wide, and the books in it."""
    wood = _wood(seed + 2)
    case = [Shape(box(-0.30, -1.0, 0.30, 0.0), wood, 0.03, 0.06)]
    books = []
    rng = np.random.default_rng([seed, 164])
    for row in range(4):
        low = -0.05 - 0.235 * row
        case.append(Shape(box(-0.27, low - 0.20, 0.27, low), tint(wood, 0.42)))
        x = -0.265
        while x < 0.20:
            wide, tall = rng.uniform(0.02, 0.045), rng.uniform(0.12, 0.185)
            blue, green, red = rng.uniform(40, 210, 3)
            if rng.random() < 0.85:
                books.append(Shape(box(x, low - tall, x + wide, low), (blue, green, red), 0.012, 0.05))
            x += wide + 0.003
    return paint(case, resolution, Label.FURNITURE_OTHER, seed), paint(books, resolution, Label.BOOK, seed)


def cabinet(seed: int, resolution: float) -> Sprite:
    """A low cabinet, 2.6 wide."""
    wood = _wood(seed + 3)
    shapes = [
        Shape(box(-1.3, -1.0, 1.3, -0.05), wood, 0.05, 0.06),
        Shape(box(-1.34, -1.06, 1.34, -0.96), tint(wood, 1.2), 0.03),
    ]
    for door in range(3):
        x = -1.22 + 0.83 * door
        shapes.append(Shape(box(x, -0.88, x + 0.76, -0.14), tint(wood, 1.1), 0.06, 0.06))
        shapes.append(Shape(oval(x + 0.66, -0.5, 0.03, 0.03), (160, 180, 190), 0.02))
    return paint(shapes, resolution, Label.CABINET, seed)


def television(seed: int, resolution: float, programmes: int = 4) -> list[Sprite]:
    """A television, 1.7 wide: one sprite for each programme on its screen."""
    sets = []
    for programme in range(programmes):
        low = tuple(40 + 170 * unit(seed, 165, programme, channel) for channel in range(3))
        shapes = [
            Shape(box(-0.25, -0.06, 0.25, 0.0), (36, 36, 36), 0.02),
            Shape(box(-0.06, -0.12, 0.06, -0.04), (36, 36, 36)),
            Shape(box(-0.85, -1.0, 0.85, -0.08), (28, 28, 28), 0.03, 0.0),
            Shape(box(-0.81, -0.96, 0.81, -0.13), (low[0], low[1], low[2]), 0.0, 0.25),
            Shape(box(-0.81, -0.45, 0.81, -0.13), tint((low[1], low[2], low[0]), 0.7), 0.0, 0.2),
            Shape(
                oval(-0.4 + 0.25 * programme, -0.45, 0.16, 0.26),
                tint((low[2], low[0], low[1]), 1.1),
                0.1,
                0.2,
            ),
        ]
        sets.append(paint(shapes, resolution, Label.TV, seed + programme))
    return sets


def plant(seed: int, resolution: float) -> Sprite:
    """A potted plant."""
    rng = np.random.default_rng([seed, 166])
    shapes = [Shape(smooth(trace("-.17 -.28, .17 -.28, .12 0, -.12 0"), 1), (70, 100, 170), 0.08)]
    for number in range(22):
        angle, reach = rng.uniform(-1.25, 1.25), rng.uniform(0.35, 0.70)
        x, y = float(np.sin(angle)) * reach * 0.6, -0.28 - float(np.cos(angle)) * reach
        green = tint((56, 118, 70), rng.uniform(0.6, 1.25))
        blade = [(-0.01, -0.27), (x * 0.5 - 0.06, y * 0.6 - 0.05), (x, y), (x * 0.5 + 0.06, y * 0.6 - 0.03)]
        shapes.insert(0 if number % 3 else 1, Shape(smooth(blade, 2), green, 0.03))
    return paint(shapes, resolution, Label.POTTED_PLANT, seed)


MAKERS: dict[str, Callable[[int, float], Sprite]] = {
    "couch": couch,
    "chair": chair,
    "table": table,
    "refrigerator": refrigerator,
    "cabinet": cabinet,
    "plant": plant,
}
"""The furniture that is one sprite each, by name."""
