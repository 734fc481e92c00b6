"""Plane affine maps, small enough to be composed dozens of times a frame in plain Python."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Point = tuple[float, float]

WidthHeight = tuple[int, int]
"""A size in the order of (x, y), as points are; elsewhere a `Size` is (height, width)."""


class Affine(NamedTuple):
    """The map (x, y) → (a·x + b·y + tx, c·x + d·y + ty)."""

    a: float = 1.0
    b: float = 0.0
    tx: float = 0.0
    c: float = 0.0
    d: float = 1.0
    ty: float = 0.0

    def __matmul__(self, other: Affine) -> Affine:
        """Return the map that applies `other` first, then this one."""
        a, b, tx, c, d, ty = self
        e, f, ux, g, h, uy = other
        return Affine(
            a * e + b * g, a * f + b * h, a * ux + b * uy + tx,
            c * e + d * g, c * f + d * h, c * ux + d * uy + ty,
        )  # fmt: skip

    def __call__(self, point: Point) -> Point:
        """Map one point."""
        x, y = point
        return self.a * x + self.b * y + self.tx, self.c * x + self.d * y + self.ty

    def inverse(self) -> Affine:
        """Return the inverse map."""
        a, b, tx, c, d, ty = self
        det = a * d - b * c
        return Affine(
            d / det, -b / det, (b * ty - d * tx) / det,
            -c / det, a / det, (c * tx - a * ty) / det,
        )  # fmt: skip

    def matrix(self) -> npt.NDArray[np.float64]:
        """Return it as float64 (2, 3), the form that OpenCV takes."""
        return np.array(self, np.float64).reshape(2, 3)


def move(x: float, y: float) -> Affine:
    """Return a translation."""
    return Affine(tx=x, ty=y)


def scale(x: float, y: float | None = None) -> Affine:
    """Return a scaling about the origin; a negative factor mirrors."""
    return Affine(a=x, d=x if y is None else y)


def turn(angle: float) -> Affine:
    """Return a rotation about the origin by `angle` radians, clockwise on the screen (y points down)."""
    cos, sin = math.cos(angle), math.sin(angle)
    return Affine(cos, -sin, 0.0, sin, cos, 0.0)


def bone(start: Point, end: Point) -> Affine:
    """Return the rigid map that moves a part to `start` and turns its own +y axis towards `end`."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy) or 1.0
    dx, dy = dx / length, dy / length
    return Affine(dy, dx, start[0], -dx, dy, start[1])


def joint(start: Point, end: Point, first: float, second: float, bend: float) -> tuple[Point, Point]:
    """Return (middle joint, reached end) of a two-bone chain from `start` towards `end`.

    Two-link inverse kinematics by the law of cosines. An end out of reach is pulled back to the chain's
    length, so both bones always keep their length.

    Args:
        start: the root joint.
        end: target of the tip.
        first: length of the bone at `start`.
        second: length of the other bone.
        bend: +1 or -1, the side on which the middle joint lies.
    """
    dx, dy = end[0] - start[0], end[1] - start[1]
    wanted = math.hypot(dx, dy) or 1e-9
    reach = min(max(wanted, abs(first - second) * 1.02 + 1e-9), (first + second) * 0.999)
    dx, dy = dx / wanted, dy / wanted
    along = (first * first - second * second + reach * reach) / (2.0 * reach)
    aside = bend * math.sqrt(max(first * first - along * along, 0.0))
    middle = start[0] + along * dx + aside * dy, start[1] + along * dy - aside * dx
    return middle, (start[0] + reach * dx, start[1] + reach * dy)
