"""Paint cars and buses, seen from the side."""

from __future__ import annotations

import math

from stream.scenes.affine import Affine, move, turn
from stream.scenes.brush import Colour, Shape, box, oval, paint, smooth, tint, trace, unit
from stream.scenes.coco_ids import Label
from stream.scenes.sprite import Layer, Sprite

_PAINTS: tuple[Colour, ...] = (
    (44, 44, 190),
    (170, 96, 40),
    (206, 208, 210),
    (52, 54, 58),
    (150, 150, 148),
    (60, 120, 60),
    (40, 150, 214),
    (120, 80, 90),
)
_GLASS: Colour = (116, 98, 82)
_TYRE: Colour = (34, 32, 32)


class Vehicle:
    """A car or a bus heading towards +x, its wheels on y = 0, in units of a car's length.

    Args:
        kind: `car` or `bus`.
        seed: the seed of its colour and shape.
        resolution: pixels a unit.
        facing: +1 right, -1 left, for the light.
    """

    def __init__(self, kind: str, seed: int, resolution: float, facing: int = 1) -> None:
        """Paint body and wheel."""
        coat = _PAINTS[int(unit(seed, 101) * len(_PAINTS))]
        light = (-0.35 * facing, -0.75, 0.6)
        self.label = Label.BUS if kind == "bus" else Label.CAR
        shapes, self.radius, self.axles = _bus(coat) if kind == "bus" else _car(coat, unit(seed, 102))
        self.length = 2.3 if kind == "bus" else 1.0
        self._body = paint(shapes, resolution, self.label, seed, light)
        radius = self.radius
        wheel = [
            Shape(oval(0, 0, radius, radius), _TYRE, 0.3 * radius, 0.05),
            Shape(oval(0, 0, 0.62 * radius, 0.62 * radius), (170, 168, 166), 0.3 * radius, 0.05),
        ]
        for spoke in range(5):
            angle = 72 * spoke
            x, y = (
                0.36 * radius * math.cos(math.radians(angle)),
                0.36 * radius * math.sin(math.radians(angle)),
            )
            wheel.append(Shape(oval(x, y, 0.15 * radius, 0.15 * radius), (70, 70, 70), 0.0, 0.0))
        self._wheel: Sprite = paint(wheel, resolution, self.label, seed, light)

    def layers(self, travelled: float, root: Affine) -> list[Layer]:
        """Return its layers after `travelled` units; `root` maps units to the frame."""
        bounce = 0.004 * math.sin(7.0 * travelled)
        spin = turn(travelled / self.radius)
        wheels = [Layer(self._wheel, root @ move(x, -self.radius) @ spin) for x in self.axles]
        return [Layer(self._body, root @ move(0.0, bounce)), *wheels]


def _car(coat: Colour, make: float) -> tuple[list[Shape], float, tuple[float, float]]:
    roof, nose, tail = -0.335 - 0.05 * make, 0.30 - 0.06 * make, -0.40 + 0.16 * (1 - make)
    body = smooth(
        [
            (-0.495, -0.20),
            (-0.47, -0.245),
            (tail - 0.02, -0.25),
            (-0.24, roof),
            (0.06, roof),
            (nose - 0.1, -0.25),
            (0.44, -0.215),
            (0.495, -0.15),
            (0.50, -0.065),
            (0.40, -0.05),
            (-0.42, -0.05),
            (-0.50, -0.08),
        ],
        2,
    )
    cabin = smooth(
        [(tail + 0.06, -0.245), (-0.225, roof + 0.022), (0.045, roof + 0.022), (nose - 0.15, -0.245)], 1
    )
    shapes = [
        Shape(box(-0.44, -0.10, 0.45, -0.035), (30, 28, 28), 0.0, 0.05),
        Shape(body, coat, 0.07, 0.015),
        Shape(cabin, _GLASS, 0.03, 0.03),
        Shape(
            [(-0.11, roof + 0.01), (-0.085, roof + 0.01), (-0.085, -0.24), (-0.11, -0.24)],
            tint(coat, 0.85),
            0.0,
            0.0,
        ),
        Shape(box(-0.46, -0.155, 0.47, -0.148), tint(coat, 0.6), 0.0, 0.0),
        Shape(box(-0.10, -0.24, -0.096, -0.07), tint(coat, 0.55), 0.0, 0.0),
        Shape(oval(0.465, -0.165, 0.03, 0.018), (210, 240, 250), 0.01, 0.0),
        Shape(oval(-0.483, -0.195, 0.016, 0.025), (40, 40, 200), 0.01, 0.0),
        Shape(oval(-0.29, -0.085, 0.105, 0.105, 180, 360), (26, 25, 25), 0.0, 0.0),
        Shape(oval(0.30, -0.085, 0.105, 0.105, 180, 360), (26, 25, 25), 0.0, 0.0),
    ]
    return shapes, 0.085, (-0.29, 0.30)


def _bus(coat: Colour) -> tuple[list[Shape], float, tuple[float, float]]:
    body = smooth(
        trace("-1.15 -.10, -1.15 -.68, -1.13 -.71, 1.10 -.71, 1.14 -.64, 1.16 -.30, 1.16 -.10"),
        1,
    )
    shapes = [
        Shape(body, coat, 0.06, 0.015),
        Shape(box(-1.14, -0.30, 1.15, -0.27), (225, 228, 230), 0.0, 0.0),
    ]
    for pane in range(7):
        x = -1.08 + 0.295 * pane
        shapes.append(
            Shape(box(x, -0.63, x + 0.265, -0.36), tint(_GLASS, 0.8 + 0.07 * (pane % 3)), 0.02, 0.05)
        )
    shapes += [
        Shape(box(1.03, -0.64, 1.145, -0.30), _GLASS, 0.02, 0.03),
        Shape(box(0.40, -0.64, 0.60, -0.12), tint(_GLASS, 0.7), 0.015, 0.03),
        Shape(box(0.497, -0.64, 0.503, -0.12), tint(coat, 0.5), 0.0, 0.0),
        Shape(oval(1.14, -0.18, 0.02, 0.03), (210, 240, 250), 0.01, 0.0),
        Shape(oval(-0.70, -0.10, 0.135, 0.135, 180, 360), (26, 25, 25), 0.0, 0.0),
        Shape(oval(0.78, -0.10, 0.135, 0.135, 180, 360), (26, 25, 25), 0.0, 0.0),
    ]
    return shapes, 0.105, (-0.70, 0.78)
