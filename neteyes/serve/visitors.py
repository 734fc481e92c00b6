"""Keep the seats of visitors, and the queue of those who wait for one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from engines.errors import NetEyesError

MOST_WAITING = 64
"""Visitors who may wait; more are turned away."""


class Full(NetEyesError):
    """All seats are taken, and as many visitors as may wait do so."""


@dataclass(eq=False)
class _InQueue:
    told: Callable[[int, int], None]
    turn: asyncio.Event = field(default_factory=asyncio.Event)


class Visitors:
    """Count who is in and who waits; used on the server's loop only.

    Args:
        most: number of seats.

    Attributes:
        inside: number of seats that are taken.
        refused: number of visitors that were turned away.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._queue: list[_InQueue] = []
        self.inside = 0
        self.refused = 0

    @property
    def waiting(self) -> int:
        """Number of visitors who wait."""
        return len(self._queue)

    @property
    def free(self) -> bool:
        """Whether the next visitor gets a seat without waiting."""
        return self.inside < self._most and not self._queue

    @asynccontextmanager
    async def seat(self, told: Callable[[int, int], None]) -> AsyncIterator[None]:
        """Wait for a seat and hold it inside the context.

        Args:
            told: called with the place in the queue, from 1, and its length, while there is none, again
                whenever they change.

        Raises:
            Full: too many wait already.
        """
        await self._wait(told)
        try:
            yield
        finally:
            self.inside -= 1
            self._advance()

    async def _wait(self, told: Callable[[int, int], None]) -> None:
        if self.free:
            self.inside += 1
            return
        if len(self._queue) >= MOST_WAITING:
            self.refused += 1
            raise Full("Too many wait already. Try again in some minutes.")
        mine = _InQueue(told)
        self._queue.append(mine)
        self._tell()
        try:
            await mine.turn.wait()
        except asyncio.CancelledError:
            if mine.turn.is_set():  # the seat was given to one who has just left
                self.inside -= 1
            else:
                self._queue.remove(mine)
            self._advance()
            raise

    def _advance(self) -> None:
        while self._queue and self.inside < self._most:
            self.inside += 1
            self._queue.pop(0).turn.set()
        self._tell()

    def _tell(self) -> None:
        for place, each in enumerate(self._queue, 1):
            each.told(place, len(self._queue))
