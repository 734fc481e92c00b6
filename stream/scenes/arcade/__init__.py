"""Draw an endless 8-bit side-scroller, `scene://arcade`, in flat colours that each stand for one label."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from stream.frame import Image
from stream.scenes.affine import WidthHeight
from stream.scenes.arcade import props
from stream.scenes.arcade.animals import BEAR, BIRD, SHEEP
from stream.scenes.arcade.colours import ARCADE_COLOURS
from stream.scenes.arcade.course import SLOT, Course, Hazard, Scenery
from stream.scenes.arcade.picture import DrawnGrid, Placed
from stream.scenes.arcade.player import JUMPING, RUNNING
from stream.scenes.arcade.score import written
from stream.scenes.arcade.terrain import Terrain
from stream.scenes.brush import unit
from stream.scenes.drawn import Scene

_SQUARES = 320 * 180
_TICKS = 60  # a second

_CLOUDS, _MOUNTAINS, _HILLS = 8, 4, 2  # how many times slower these layers move

_Where = Callable[[int], tuple[int, int]]
"""A tick → the column and row of a picture's upper left corner."""

_Thing = tuple[Image, _Where]


class Arcade(Scene):
    """Draw a runner who jumps over pits and animals, before mountains, hills, trees and houses.

    The picture has about 320 by 180 squares, all of the same whole number of pixels, and no two colours
    blend. All that moves does so by whole squares: near things by one in a sixtieth of a second. Each colour
    of `ARCADE_COLOURS` is one label's, so labels are exact in every pixel. Pixels of the score line have the
    label 255 (unlabelled): their colour cannot tell what is behind them.
    """

    name = "arcade"

    def __init__(self, seed: int = 0, size: WidthHeight = (640, 360), rate: float = 30.0) -> None:
        """Choose the squares' size and draw what always stays the same."""
        super().__init__(seed, size, rate)
        width, height = size
        self.square = max(round(math.sqrt(width * height / _SQUARES)), 1)
        """The side of a square in pixels."""
        self._columns, rows = -(-width // self.square), -(-height // self.square)
        self._course = Course(seed)
        self._terrain = Terrain(seed, rows, self._columns)
        self._sky = self._terrain.sky()
        self._player = round(0.42 * self._columns)

    def at(self, index: int) -> DrawnGrid:
        """See `Scene.at`."""
        now, then = (math.floor(number / self.rate * _TICKS + 1e-6) for number in (index, index + 1))
        placed = []
        for picture, where in self._things(now):
            (x, y), (next_x, next_y) = where(now), where(then)
            placed.append(Placed(picture, x, y, next_x - x, next_y - y))
        return DrawnGrid(self.size, self.square, placed)

    def _things(self, now: int) -> Iterator[_Thing]:
        """Yield all things that are seen at a tick, back to front."""
        terrain, left = self._terrain, self._left(now)
        yield self._sky, lambda tick: (0, 0)
        yield from self._clouds(left // _CLOUDS)
        yield terrain.mountains(left // _MOUNTAINS), self._fixed(left // _MOUNTAINS, 0, _MOUNTAINS)
        yield terrain.hills(left // _HILLS), self._fixed(left // _HILLS, 0, _HILLS)
        slots = range((left - SLOT // 2) // SLOT, (left + self._columns + SLOT // 2) // SLOT + 1)
        for slot in slots:
            yield from self._scenery(slot)
        yield terrain.earth(left, self._course, now), self._fixed(left, terrain.earth_top)
        for slot in slots:
            yield from self._animal(slot, now)
        yield from self._birds(now)
        yield self._runner(now)
        yield from self._score(now)

    def _left(self, tick: int) -> int:
        """Return the place on the course that the picture's left edge shows."""
        return tick - self._player

    def _fixed(self, x: int, y: int, slower: int = 1) -> _Where:
        """Return where a thing is that stands at `x` in a layer that moves `slower` times slower."""
        return lambda tick: (x - self._left(tick) // slower, y)

    def _clouds(self, left: int) -> Iterator[_Thing]:
        deep = max(round(0.3 * self._terrain.ground) - 12, 1)
        for cell in range((left - 76) // 76, (left + self._columns) // 76 + 1):
            x = 76 * cell + int(30 * unit(self.seed, cell, 61))
            y = 12 + int(deep * unit(self.seed, cell, 62))
            yield props.cloud(int(8 * unit(self.seed, cell, 63))), self._fixed(x, y, _CLOUDS)

    def _scenery(self, slot: int) -> Iterator[_Thing]:
        """Yield what stands where a slot begins, and in its middle, if no pit is there."""
        middle, kind = slot * SLOT, int(6 * unit(self.seed, slot, 71))
        here: list[tuple[Image, int]]  # each picture, and its middle
        match self._course.scenery(slot):
            case Scenery.HOUSE:
                here = [(props.house(kind), 0)]
            case Scenery.ROUND_TREES:
                here = [(props.round_tree(kind), -15), (props.round_tree(kind + 1), 14)]
            case Scenery.FENCE:
                here = [(props.fence(58), 0)]
            case Scenery.FIRS:
                here = [(props.fir(kind), -20), (props.fir(kind), 18), (props.fir(kind + 1), 0)]
            case Scenery.WALL:
                here = [(props.wall(), 0)]
            case Scenery.GARDEN:
                here = [(props.round_tree(kind), 8), (props.fence(42), -8)]
        if self._course.obstacle(slot).hazard is not Hazard.PIT:
            more = (props.fir(kind), props.round_tree(kind), props.fence(66), props.round_tree(kind))[
                kind % 4
            ]
            here.append((more, 70 + int(20 * unit(self.seed, slot, 72))))
        for picture, away in here:
            high, wide = picture.shape
            yield picture, self._fixed(middle + away - wide // 2, self._terrain.ground - high + 1)

    def _animal(self, slot: int, now: int) -> Iterator[_Thing]:
        """Yield a slot's animal: it stands until the player is near, then goes towards it."""
        obstacle = self._course.obstacle(slot)
        if obstacle.hazard is Hazard.PIT:
            return
        poses = SHEEP if obstacle.hazard is Hazard.SHEEP else BEAR
        high, wide = poses[0].shape

        def ahead(tick: int) -> int:
            return min(max(obstacle.x - tick, -40), 120) // 2

        def where(tick: int) -> tuple[int, int]:
            return obstacle.x + ahead(tick) - wide // 2 - self._left(tick), self._terrain.ground - high + 1

        yield poses[-ahead(now) // 4 % 4], where

    def _birds(self, now: int) -> Iterator[_Thing]:
        """Yield birds that come towards the player, high above it."""
        ground, first = self._terrain.ground, now - self._player // 2 - 20
        for cell in range(first // 320, (now + self._columns // 2 + 20) // 320 + 1):
            meets = 320 * cell + int(160 * unit(self.seed, cell, 81))
            y = round((0.14 + 0.14 * unit(self.seed, cell, 82)) * ground)

            def where(tick: int, meets: int = meets, y: int = y) -> tuple[int, int]:
                return self._player + 2 * (meets - tick), y + round(3 * math.sin(tick / 19))

            yield BIRD[now // 6 % 4], where

    def _runner(self, now: int) -> _Thing:
        picture = RUNNING[now // 6 % 4] if self._course.height(now) == 0 else JUMPING
        high, wide = picture.shape
        x, y = self._player - wide // 2, self._terrain.ground - high + 1
        return picture, lambda tick: (x, y - self._course.height(tick))

    def _score(self, now: int) -> Iterator[_Thing]:
        """Yield the score at the left and the time at the right, where there is room; both begin again."""
        score = written(f"SCORE {self._course.score(now) % 1_000_000:06d}")
        time = written(f"TIME {now // _TICKS % 1000:03d}")
        if self._terrain.ground < 60:
            return
        if self._columns >= score.shape[1] + 16:
            yield score, lambda tick: (8, 4)
        if self._columns >= score.shape[1] + time.shape[1] + 32:
            yield time, lambda tick: (self._columns - time.shape[1] - 8, 4)


__all__ = ["ARCADE_COLOURS", "Arcade"]
