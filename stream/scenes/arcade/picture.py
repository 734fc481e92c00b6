"""Compose pictures of coloured squares, as consoles did, and enlarge them without blending."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from stream.frame import Image
from stream.scenes.affine import WidthHeight
from stream.scenes.arcade.colours import BGR, CLEAR, LABELS, Ink
from stream.scenes.drawn import Drawn, Motion


class Placed(NamedTuple):
    """A picture on the grid.

    Attributes:
        picture: uint8 (h, w): numbers of `Ink`, or CLEAR.
        x: column of its left edge.
        y: row of its upper edge.
        dx: columns that it moves until the next index.
        dy: rows that it moves until the next index.
    """

    picture: Image
    x: int
    y: int
    dx: int
    dy: int


def pixels(drawing: str, inks: dict[str, Ink]) -> Image:
    """Read a picture from lines of letters.

    Args:
        drawing: a line for each row; shorter ones are clear at their right end.
        inks: the colour of each letter; any other character is clear.

    Returns:
        uint8 (h, w): numbers of `Ink`, or CLEAR.
    """
    lines = drawing.strip("\n").split("\n")
    wide = max(len(line) for line in lines)
    return np.array([[inks.get(letter, CLEAR) for letter in line.ljust(wide)] for line in lines], np.uint8)


class DrawnGrid(Drawn):
    """A frame drawn of squares; each attribute is made when first used."""

    def __init__(self, size: WidthHeight, square: int, placed: Sequence[Placed]) -> None:
        """Take the frame's (width, height), the side of a square, and the pictures, back to front."""
        self.size, self._square, self._placed = size, square, placed

    @cached_property
    def _inks(self) -> Image:
        inks = np.zeros(self._grid, np.uint8)
        for placed in self._placed:
            if (found := _overlap(placed, self._grid)) is not None:
                here, part = found
                np.copyto(inks[here], part, where=part != CLEAR)
        return inks

    @cached_property
    def image(self) -> Image:
        """See `Drawn.image`."""
        return self._enlarged(cv2.LUT(cv2.merge([self._inks] * 3), _BGR_TABLE))  # type: ignore[arg-type]

    @cached_property
    def labels(self) -> Image:
        """See `Drawn.labels`; 255 where the score is."""
        return self._enlarged(LABELS[self._inks])

    @cached_property
    def motion(self) -> Motion:
        """See `Drawn.motion`; animals and the player move as wholes, whatever their legs do."""
        motion = np.zeros((*self._grid, 2), np.float32)
        for placed in self._placed:
            if (found := _overlap(placed, self._grid)) is not None:
                here, part = found
                motion[here][part != CLEAR] = placed.dx * self._square, placed.dy * self._square
        return self._enlarged(motion)

    @property
    def _grid(self) -> tuple[int, int]:
        """Return (rows, columns) of squares; the last ones may be cut."""
        return -(-self.size[1] // self._square), -(-self.size[0] // self._square)

    def _enlarged(self, coarse: Image | Motion) -> npt.NDArray[Any]:
        width, height = self.size
        rows, columns = self._grid
        wide = cv2.resize(coarse, (columns * self._square, rows), interpolation=cv2.INTER_NEAREST)
        # Rows are copied whole: quicker than OpenCV's search for each pixel's.
        return np.repeat(np.ascontiguousarray(wide[:, :width]), self._square, axis=0)[:height]


_BGR_TABLE = np.zeros((256, 1, 3), np.uint8)
_BGR_TABLE[: len(BGR), 0] = BGR


def _overlap(placed: Placed, grid: tuple[int, int]) -> tuple[tuple[slice, slice], Image] | None:
    """Return the part of the grid that a picture covers, and that part of the picture."""
    rows, columns = grid
    high, wide = placed.picture.shape
    top, left = max(placed.y, 0), max(placed.x, 0)
    bottom, right = min(placed.y + high, rows), min(placed.x + wide, columns)
    if top >= bottom or left >= right:
        return None
    part = placed.picture[top - placed.y : bottom - placed.y, left - placed.x : right - placed.x]
    return (slice(top, bottom), slice(left, right)), part
