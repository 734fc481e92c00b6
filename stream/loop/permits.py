"""Bound how many frames are in flight, in one loop or in several that share the same nets."""

from __future__ import annotations

import threading
from collections import deque

from stream.mailbox import Closed


class Permits:
    """Give out so many permits, one a frame in flight, in the order in which loops ask for them.

    Loops that share the permits take turns: each gets the same number of frames a second, however many there
    are, and a loop takes its newest frame only when its turn has come. So none gets old frames.

    Args:
        count: the most frames in flight.
    """

    def __init__(self, count: int) -> None:
        self._changed = threading.Condition()
        self._free = count
        self._queue: deque[object] = deque()

    def share(self) -> PermitShare:
        """Return what one loop asks for its permits."""
        return PermitShare(self)


class PermitShare:
    """Take permits for one loop; any thread may call."""

    def __init__(self, permits: Permits) -> None:
        self._permits = permits
        self._held = 0
        self._closed = False

    def get(self) -> None:
        """Wait for a permit, behind those who asked before.

        Raises:
            Closed: the share was closed.
        """
        permits, ticket = self._permits, object()
        with permits._changed:
            permits._queue.append(ticket)
            permits._changed.wait_for(
                lambda: self._closed or (permits._free > 0 and permits._queue[0] is ticket)
            )
            permits._queue.remove(ticket)
            permits._changed.notify_all()  # the next in the queue may be let in
            if self._closed:
                raise Closed
            permits._free -= 1
            self._held += 1

    def put(self) -> None:
        """Give a permit back."""
        permits = self._permits
        with permits._changed:
            if self._held:
                self._held -= 1
                permits._free += 1
                permits._changed.notify_all()

    def close(self) -> None:
        """Give all permits back, and wake the thread that waits for one."""
        permits = self._permits
        with permits._changed:
            self._closed = True
            permits._free += self._held
            self._held = 0
            permits._changed.notify_all()
