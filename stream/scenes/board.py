"""Planes that are painted once, larger than the frame, and shown through a swaying camera."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stream.scenes.affine import Affine, WidthHeight, move, scale, turn
from stream.scenes.brush import Colour, Field, unit

MARGIN = 0.07
"""Width that planes are painted beyond each edge of the frame, in frame sides."""

_LONGEST, _SHORTEST = 1600, 64  # pixels of a frame's sides on a plane


@dataclass(frozen=True)
class Board:
    """The pixel grid of a painted plane, in frame coordinates.

    Attributes:
        left: frame x of its left edge.
        top: frame y of its upper edge.
        wide: width in its own pixels.
        high: height in its own pixels.
        scale: its own pixels a frame pixel.
    """

    left: float
    top: float
    wide: int
    high: int
    scale: float

    @property
    def place(self) -> Affine:
        """Return the map from its pixels to frame coordinates."""
        return move(self.left, self.top) @ scale(1 / self.scale) @ move(0.5, 0.5)

    def grid(self) -> tuple[Field, Field]:
        """Return frame coordinates of its pixels: x float32 (1, w), y float32 (h, 1)."""
        x = self.left + (np.arange(self.wide, dtype=np.float32)[None, :] + 0.5) / self.scale
        y = self.top + (np.arange(self.high, dtype=np.float32)[:, None] + 0.5) / self.scale
        return x.astype(np.float32), y.astype(np.float32)


def board(size: WidthHeight, left: float, top: float, right: float, bottom: float) -> Board:
    """Return a board over a box in frame coordinates, coarser than the frame only if the box is huge."""
    factor = min(max(1.0, _SHORTEST / min(size)), _LONGEST / max(size))
    wide, high = max(math.ceil((right - left) * factor), 2), max(math.ceil((bottom - top) * factor), 2)
    return Board(left, top, wide, high, factor)


def mix(low: Colour, high: Colour, by: npt.NDArray[np.floating]) -> Field:
    """Blend two colours by weights, float (h, w); return float32 (h, w, 3)."""
    weight = by[..., None].astype(np.float32)
    return np.array(low, np.float32) * (1 - weight) + np.array(high, np.float32) * weight


def hand_held(seed: int, size: WidthHeight, time: float, amount: float = 1.0) -> Affine:
    """Return the map of a hand-held camera; it never shows more than `MARGIN` beyond the frame."""
    width, height = size
    phase = 6.28 * unit(seed, 900)
    x = 0.010 * math.sin(0.53 * time + phase) + 0.005 * math.sin(1.31 * time + 2 * phase)
    y = 0.007 * math.sin(0.71 * time + 3 * phase) + 0.003 * math.sin(1.77 * time)
    zoom = 1.03 + amount * 0.018 * math.sin(0.23 * time + phase)
    # A turn's effect grows with the frame's longer side; the room for it, with the shorter one.
    roll = 0.004 * math.sin(0.37 * time + 5 * phase) * min(width, height) / max(width, height) * 1.8
    there = move(width / 2 + amount * x * width, height / 2 + amount * y * height)
    return there @ turn(amount * roll) @ scale(zoom) @ move(-width / 2, -height / 2)
