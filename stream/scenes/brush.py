"""Paint sprites: outlines, inflated shading, fractal textures. Runs once for a scene, never per frame."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from stream.frame import Image
from stream.scenes.affine import Affine, Point
from stream.scenes.sprite import Sprite

Field = npt.NDArray[np.float32]
Colour = tuple[float, float, float]

_SUPER = 3  # mask samples a pixel and axis


@dataclass(frozen=True)
class Shape:
    """A patch of one material on a sprite.

    Attributes:
        outline: corners in the part's units, y down.
        colour: BGR, 0–255.
        bulge: width of the curved rim of the surface, in units; 0 is flat.
        weave: strength of its texture, 0–1.
    """

    outline: Sequence[Point]
    colour: Colour
    bulge: float = 0.0
    weave: float = 0.1


def unit(*keys: int) -> float:
    """Return a number in [0, 1) that is a fixed, well mixed function of the keys (splitmix64's finalizer)."""
    state = 0x9E3779B97F4A7C15
    for key in keys:
        state = (state ^ (key & 0xFFFFFFFFFFFFFFFF)) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
        state = (state ^ state >> 27) * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF
        state ^= state >> 31
    return state / 2**64


def fineness(length: float) -> float:
    """Return the resolution to paint at, in pixels a unit; `length` is the unit's size in frame pixels."""
    return min(max(length, 32.0), 720.0)


def tint(colour: Colour, by: float) -> Colour:
    """Return a colour made lighter or darker by a factor."""
    blue, green, red = (min(max(channel * by, 0.0), 255.0) for channel in colour)
    return blue, green, red


def fractal(
    rng: np.random.Generator, shape: tuple[int, int], grid: tuple[float, float], octaves: int = 5
) -> Field:
    """Return smooth noise, float32 (h, w) of mean about 0 and deviation about 1.

    Args:
        rng: the random generator.
        shape: (h, w).
        grid: size (y, x) in pixels of the largest lumps.
        octaves: number of times that the lumps are halved.
    """
    height, width = shape
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        step_y, step_x = max(grid[0] / 2**octave, 1.0), max(grid[1] / 2**octave, 1.0)
        coarse = rng.normal(size=(int(height / step_y) + 4, int(width / step_x) + 4)).astype(np.float32)
        fine = cv2.warpAffine(
            coarse,
            np.array([[step_x, 0, -step_x], [0, step_y, -step_y]]),
            (width, height),
            flags=cv2.INTER_CUBIC,
        )
        total += fine * 0.5**octave
    return total


def trace(corners: str) -> list[Point]:
    """Parse an outline written as "x y, x y, …"."""
    return [(float(x), float(y)) for x, y in (corner.split() for corner in corners.split(","))]


def smooth(outline: Sequence[Point], rounds: int = 3) -> list[Point]:
    """Round an outline's corners off (Chaikin's corner cutting)."""
    points = np.array(outline, np.float64)
    for _ in range(rounds):
        following = np.roll(points, -1, 0)
        points = np.stack([0.75 * points + 0.25 * following, 0.25 * points + 0.75 * following], 1).reshape(
            -1, 2
        )
    return [(float(x), float(y)) for x, y in points]


def tube(length: float, widths: Sequence[float], lean: float = 0.0) -> list[Point]:
    """Return the outline of a limb along +y from the origin, with round ends.

    Args:
        length: from joint to joint.
        widths: half widths at equal steps from the first joint to the last.
        lean: shift of its middle towards +x, as in a calf or a chest.
    """
    along = np.linspace(0.0, 1.0, 17)
    half = np.interp(along, np.linspace(0.0, 1.0, len(widths)), widths)
    middle = lean * np.sin(np.pi * along)
    arc = np.linspace(0.0, np.pi, 9)[1:-1]
    right = np.stack([middle + half, along * length], 1)
    left = np.stack([middle - half, along * length], 1)
    foot = np.stack([widths[-1] * np.cos(arc), length + widths[-1] * np.sin(arc)], 1)
    head = np.stack([-widths[0] * np.cos(arc), -widths[0] * np.sin(arc)], 1)
    points = np.concatenate([right, foot, left[::-1], head])
    return [(float(x), float(y)) for x, y in points]


def oval(x: float, y: float, rx: float, ry: float, start: float = 0.0, end: float = 360.0) -> list[Point]:
    """Return the outline of an ellipse, or of its part between two angles in degrees (0 = +x, 90 = down)."""
    angles = np.radians(np.linspace(start, end, 33))
    return [(float(x + rx * np.cos(a)), float(y + ry * np.sin(a))) for a in angles]


def box(left: float, top: float, right: float, bottom: float) -> list[Point]:
    """Return the outline of a rectangle."""
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def rounded(left: float, top: float, right: float, bottom: float, radius: float) -> list[Point]:
    """Return the outline of a rectangle with round corners."""
    x0, x1, y0, y1 = left + radius, right - radius, top + radius, bottom - radius
    corners = ((x1, y1, 0.0), (x0, y1, 90.0), (x0, y0, 180.0), (x1, y0, 270.0))
    return [
        (
            x + radius * math.cos(math.radians(start + angle)),
            y + radius * math.sin(math.radians(start + angle)),
        )
        for x, y, start in corners
        for angle in (0, 22.5, 45, 67.5, 90)
    ]


def paint(
    shapes: Sequence[Shape],
    resolution: float,
    label: int,
    seed: int = 0,
    light: tuple[float, float, float] = (-0.45, -0.65, 0.62),
) -> Sprite:
    """Paint shapes over one another into a sprite.

    Each is shaded as if its flat outline had been blown up: height grows from the rim as a quarter circle
    over `bulge`, and Lambert's cosine lights it.

    Args:
        shapes: back to front, in the part's units.
        resolution: pixels a unit.
        label: the label of all its pixels.
        seed: the seed of the texture.
        light: direction to the light, y down, z to the viewer.
    """
    corners = np.concatenate([np.array(shape.outline) for shape in shapes])
    margin = 2.0 / resolution
    left, top = corners.min(0) - margin
    wide, high = np.maximum(np.ceil((corners.max(0) + margin - (left, top)) * resolution), 3).astype(int)
    rng = np.random.default_rng([seed, 11])
    colour = np.zeros((high, wide, 3), np.float32)
    cover = np.zeros((high, wide), np.float32)
    for shape in shapes:
        points = (np.array(shape.outline) - (left, top)) * resolution * _SUPER - 0.5
        mask = np.zeros((high * _SUPER, wide * _SUPER), np.uint8)
        cv2.fillPoly(mask, [np.round(points * 16).astype(np.int32)], 255, shift=4)
        alpha = cv2.resize(mask, (wide, high), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        tone = _lambert(mask, shape.bulge * resolution, light)
        if shape.weave:
            lumps = max(resolution * 0.05, 2.0)
            tone = tone * (1 + shape.weave * 0.45 * fractal(rng, (high, wide), (lumps, lumps), 4))
        painted = np.array(shape.colour, np.float32) * tone[..., None]
        colour = colour * (1 - alpha[..., None]) + painted * alpha[..., None]
        cover = cover + alpha * (1 - cover)
    return to_sprite(colour, cover, label, Affine(1 / resolution, 0, left + 0.5 / resolution,
                                                   0, 1 / resolution, top + 0.5 / resolution))  # fmt: skip


def to_sprite(colour: Field, cover: Field | None, label: int | Image | None, place: Affine) -> Sprite:
    """Make a sprite from float arrays.

    Args:
        colour: float32 (h, w, 3), 0–255, already multiplied by its cover.
        cover: float32 (h, w), 0–1; None hides everything.
        label: see `Sprite`.
        place: see `Sprite`.
    """
    clear = np.zeros(colour.shape[:2]) if cover is None else 255 * (1 - cover.clip(0, 1))
    pixels = np.dstack([colour, clear]).clip(0, 255).round().astype(np.uint8)
    return Sprite(np.ascontiguousarray(pixels), label, place, cover is None)


def _lambert(mask: Image, bulge: float, light: tuple[float, float, float]) -> Field:
    """Return an inflated mask's brightness, about 1; float32 (h, w) at a `_SUPER`-th of the mask's size."""
    high, wide = mask.shape[0] // _SUPER, mask.shape[1] // _SUPER
    if bulge < 0.5:
        return np.ones((high, wide), np.float32)
    framed = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    depth = cv2.distanceTransform(framed, cv2.DIST_L2, 5)[1:-1, 1:-1]
    depth = cv2.resize(depth, (wide, high), interpolation=cv2.INTER_AREA) / _SUPER
    rim = 1 - np.clip(depth / bulge, 0, 1)
    height = cv2.GaussianBlur(np.sqrt(1 - rim * rim) * bulge, (0, 0), max(0.12 * bulge, 0.6))
    slope_x = cv2.Sobel(height, cv2.CV_32F, 1, 0, scale=1 / 8)
    slope_y = cv2.Sobel(height, cv2.CV_32F, 0, 1, scale=1 / 8)
    norm = np.sqrt(slope_x**2 + slope_y**2 + 1)
    facing = (-slope_x * light[0] - slope_y * light[1] + light[2]) / norm
    shade: Field = (0.5 + 0.75 * facing.clip(0, None)).astype(np.float32)
    return shade
