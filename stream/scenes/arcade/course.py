"""Lay out the endless course of the arcade: pits, animals and scenery along it, and the player's jumps.

All lengths are squares of the game, all times are ticks of its clock, 60 a second. The player runs one square
a tick. The course has slots of 160 squares; each block of six slots holds the same things in an order of its
own, so each of them comes within half a minute. Every answer is a function of the seed and the place alone.
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from stream.scenes.brush import unit

SLOT = 160
_BLOCK = 6
_JUMP, _APEX = 28, 46  # half of a jump's length, and its height


class Hazard(Enum):
    """A thing that the player jumps over."""

    PIT = "pit"
    SHEEP = "sheep"
    BEAR = "bear"


class Scenery(Enum):
    """A group of things that stand between two hazards."""

    HOUSE = "house"
    ROUND_TREES = "round trees"
    FENCE = "fence"
    FIRS = "firs"
    WALL = "wall"
    GARDEN = "garden"


class Obstacle(NamedTuple):
    """A hazard where the player meets it.

    Attributes:
        hazard: what it is.
        x: the place of its middle when the player is over it.
        half: half of its width, for a pit.
    """

    hazard: Hazard
    x: int
    half: int


_HAZARDS = (Hazard.PIT, Hazard.SHEEP, Hazard.PIT, Hazard.BEAR, Hazard.SHEEP, Hazard.PIT)
_SCENERY = tuple(Scenery)


class Course:
    """The course of one seed."""

    def __init__(self, seed: int) -> None:
        """Take the seed."""
        self.seed = seed
        self._order = lru_cache(64)(self._shuffled)

    def obstacle(self, slot: int) -> Obstacle:
        """Return the obstacle of a slot; there is one in each, 50 squares or more from both ends."""
        block, place = divmod(slot, _BLOCK)
        x = slot * SLOT + 50 + int(61 * unit(self.seed, slot, 1))
        return Obstacle(_HAZARDS[self._order(block, 2)[place]], x, 13 + int(8 * unit(self.seed, slot, 3)))

    def scenery(self, slot: int) -> Scenery:
        """Return what stands where a slot begins, 30 squares to either side."""
        block, place = divmod(slot, _BLOCK)
        return _SCENERY[self._order(block, 4)[place]]

    def height(self, x: int) -> int:
        """Return how high the player's feet are above the ground when it is at `x`."""
        away = abs(x - self.obstacle(x // SLOT).x)
        return 0 if away >= _JUMP else round(_APEX * (1 - (away / _JUMP) ** 2))

    def score(self, x: int) -> int:
        """Return the score at `x`: ten for each eight squares, 200 for each obstacle that was passed."""
        slot = x // SLOT
        return 10 * (x // 8) + 200 * (slot + (x > self.obstacle(slot).x))

    def _shuffled(self, block: int, salt: int) -> tuple[int, ...]:
        return tuple(sorted(range(_BLOCK), key=lambda place: unit(self.seed, block, place, salt)))
