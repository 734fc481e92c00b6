"""Draw the arcade's wide layers: sky, mountains, hills, and the ground with its pits of water.

Each is as wide as the grid, and a function of the seed and of the place that its left edge shows.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stream.frame import Image
from stream.scenes.arcade.colours import CLEAR, Ink
from stream.scenes.arcade.course import SLOT, Course, Hazard
from stream.scenes.brush import unit

_BLADES = 3  # rows of grass that stand above the ground
_PERIOD = 96  # columns after which grass and stones come again

# Typed, so that pictures made of them are of bytes.
_CLEAR, _LIGHT, _SHADE, _HILL = map(np.uint8, (CLEAR, Ink.MOUNTAIN, Ink.MOUNTAIN_SHADE, Ink.HILL))

_Columns = npt.NDArray[np.intp]


class Terrain:
    """The wide layers of one seed and grid.

    Attributes:
        rows: height of the grid.
        columns: width of the grid.
        ground: the row where the ground begins.
    """

    def __init__(self, seed: int, rows: int, columns: int) -> None:
        """Draw what always stays the same."""
        self._seed, self.rows, self.columns = seed, rows, columns
        self.ground = rows - max(min(round(0.2 * rows), 64), 1)
        self._tall = min(max(self.ground / 144, 0.2), 2.0)
        self._x: _Columns = np.arange(columns)
        self._y: _Columns = np.arange(rows)[:, None]
        self._earth = _earth(seed, rows - self.ground)

    def sky(self) -> Image:
        """Return two blues; stripes that grow lead from one to the other."""
        below = self._y[:, 0] - round(0.24 * self.ground)
        pale = (below >= 14) | np.isin(below, (0, 4, 5, 8, 9, 10))
        column = np.where(pale, Ink.PALE_SKY, Ink.SKY).astype(np.uint8)
        return np.repeat(column[:, None], self.columns, axis=1)

    def mountains(self, left: int) -> Image:
        """Return mountains, each with a side in the shade, from the place `left` on."""
        x = self._x + left
        crest, peak = np.full(self.columns, -9999), np.zeros(self.columns, int)
        summit = np.zeros(self.columns, int)
        reach = round(125 * self._tall)  # half the foot of the highest
        for cell in range((left - reach) // 64 - 1, (left + self.columns + reach) // 64 + 1):
            middle = 64 * cell + int(36 * unit(self._seed, cell, 11))
            tall = round((44 + 48 * unit(self._seed, cell, 12)) * self._tall)
            away = np.abs(x - middle)
            rise = tall - away * 3 // 4 - (away + cell) % 5 // 3
            higher = rise > crest
            crest, peak, summit = (
                np.where(higher, new, old) for new, old in ((rise, crest), (middle, peak), (tall, summit))
            )
        top = self.ground - np.maximum(crest, round(14 * self._tall))
        # The fold between light and shade runs down from each peak, back and forth.
        down = np.arange(self.rows + int(summit.max()) + 1) - self.ground
        fold = (np.abs(down % 22 - 11) - 6 + down // 5).astype(np.int16)
        folds = fold[self._y + summit]
        shade = (x - peak).astype(np.int16) > folds
        return np.where(self._y < top, _CLEAR, np.where(shade, _SHADE, _LIGHT))

    def hills(self, left: int) -> Image:
        """Return round hills with bushes on their crests, from the place `left` on, down to the last row."""
        x = self._x + left
        rise = np.full(self.columns, 10.0 * self._tall)
        for cell in range((left - 100) // 56, (left + self.columns + 100) // 56 + 1):
            middle = 56 * cell + 30 * unit(self._seed, cell, 21)
            radius = 34 + 30 * unit(self._seed, cell, 22)
            tall = (20 + 26 * unit(self._seed, cell, 23)) * self._tall
            rise = np.maximum(rise, tall * np.sqrt(np.clip(1 - ((x - middle) / radius) ** 2, 0, 1)))
        bush = np.sqrt(np.clip(30 - (x % 29 - 5) ** 2, 0, None)) * 0.8
        rise = rise + np.where(x // 29 * 7 % 5 < 3, bush, 0)
        top = self.ground - np.round(rise).astype(int)
        return np.where(self._y < top, _CLEAR, _HILL)

    def earth(self, left: int, course: Course, tick: int) -> Image:
        """Return the ground from the place `left` on; its first row lies `BLADES` above the ground's."""
        x = self._x + left
        picture = self._earth[:, x % _PERIOD]
        wave = ((x + tick // 8) % 8 < 4).astype(int)
        down = np.arange(len(picture))[:, None] - _BLADES
        water = np.where(down < 7 + wave, CLEAR, Ink.WATER).astype(np.uint8)
        for slot in range(left // SLOT, (left + self.columns) // SLOT + 1):
            obstacle = course.obstacle(slot)
            if obstacle.hazard is Hazard.PIT:
                away = np.abs(x - obstacle.x)
                # Grass hangs over the rim a little.
                inside = np.where(down < 4, away < obstacle.half - 1, away < obstacle.half)
                np.copyto(picture, water, where=inside)
        return picture

    @property
    def earth_top(self) -> int:
        """Return the row of the grid that the first row of `earth` lies on."""
        return self.ground - _BLADES


def _earth(seed: int, deep: int) -> Image:
    """Draw one period of grass, dirt and stones, with blades above: uint8 (deep + _BLADES, _PERIOD)."""
    picture = np.full((deep + _BLADES, _PERIOD), Ink.DIRT, np.uint8)
    picture[:_BLADES] = CLEAR
    for row in range(4, deep, 9):
        for stone in range(_PERIOD // 16):
            x = 16 * stone + 8 * (row // 9 % 2) + int(6 * unit(seed, row, stone, 31))
            wide = 3 + int(5 * unit(seed, row, stone, 32))
            columns = np.arange(x, x + wide) % _PERIOD
            y = _BLADES + row + 4 + int(3 * unit(seed, row, stone, 33))
            picture[y : y + 2, columns] = Ink.DARK_DIRT
            picture[y + 2 : y + 3, columns[1:]] = Ink.DARK_DIRT
    for x in range(_PERIOD):
        picture[_BLADES : _BLADES + 4 + (0, 1, 3, 1)[x % 4] + int(2 * unit(seed, x // 4, 34)), x] = Ink.GRASS
        if unit(seed, x // 7, 35) < 0.45:
            picture[_BLADES - (1, 3, 0, 2, 1, 0, 0)[x % 7] : _BLADES, x] = Ink.GRASS
    return picture
