"""Pass items between threads through a bounded mailbox; closing it wakes every thread that waits."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, Literal, TypeVar

T = TypeVar("T")

Policy = Literal["latest", "every"]


class Closed(Exception):
    """Raised by `get` once a mailbox is closed, or finished and empty."""


class Mailbox(Generic[T]):
    """A queue of at most `capacity` items between threads.

    Args:
        capacity: the most items that wait in it.
        policy: the action of `put` when it is full: `latest` drops the oldest item, `every` waits.
        counts: whether a dropped item is counted; by default every item is.

    Attributes:
        dropped: number of counted items that `latest` has dropped.
    """

    def __init__(
        self, capacity: int = 1, policy: Policy = "every", counts: Callable[[T], bool] = lambda item: True
    ) -> None:
        self._capacity = capacity
        self._policy = policy
        self._counts = counts
        self._items: deque[T] = deque()
        self._changed = threading.Condition()
        self._finished = False
        self._closed = False
        self.dropped = 0

    def put(self, item: T) -> bool:
        """Put an item in; return False if the mailbox is finished or closed, and the item was not taken."""
        with self._changed:
            if self._policy == "every":
                self._changed.wait_for(lambda: len(self._items) < self._capacity or self._over)
            if self._over:
                return False
            if len(self._items) == self._capacity:
                self.dropped += self._counts(self._items.popleft())
            self._items.append(item)
            self._changed.notify_all()
            return True

    def get(self, timeout: float | None = None) -> T | None:
        """Take the oldest item; wait for one if it is empty, and return None after `timeout` seconds.

        Raises:
            Closed: the mailbox was closed, or it was finished and all items have been taken.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._over, timeout)
            if self._closed or (self._finished and not self._items):
                raise Closed
            if not self._items:
                return None
            item = self._items.popleft()
            self._changed.notify_all()
            return item

    def wait(self) -> None:
        """Wait until there is an item, and leave it there.

        Raises:
            Closed: as `get`.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._over)
            if self._closed or not self._items:
                raise Closed

    def finish(self) -> None:
        """Take no more items; those inside may still be taken."""
        with self._changed:
            self._finished = True
            self._changed.notify_all()

    def close(self) -> int:
        """Take no more items, drop those inside and wake all threads; return how many were inside."""
        with self._changed:
            self._closed = True
            left = len(self._items)
            self._items.clear()
            self._changed.notify_all()
            return left

    @property
    def _over(self) -> bool:
        return self._closed or self._finished
