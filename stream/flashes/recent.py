"""Count the transitions of each pixel in the last second."""

from __future__ import annotations

from collections import deque

import cv2
import numpy as np
import numpy.typing as npt

from stream.flashes.light import Mask, resized

SECOND = 1 - 2e-3
"""Seconds that a transition counts. WCAG counts in any one-second period, so one that is a second old is out;
timestamps may be rounded to 1 ms."""

MOST = 255
"""Pictures with transitions that are kept: the most that a byte counts, and more than come in a second."""


class Recent:
    """Count the transitions of the last second.

    Args:
        shape: (H, W) of the pictures.

    Attributes:
        counts: transitions of each pixel, uint8 (H, W).
        changed: set whenever a count changes; a reader of the counts may clear it.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self.counts: npt.NDArray[np.uint8] = np.zeros(shape, np.uint8)
        self.changed = False
        self._turned: deque[tuple[float, Mask]] = deque()

    def forget(self, now: float) -> None:
        """Drop the transitions that are a second old at `now`, in seconds."""
        while self._turned and now - self._turned[0][0] >= SECOND:
            self._drop()

    def add(self, turned: Mask, now: float) -> None:
        """Count the transitions that are complete at `now`, bool (H, W)."""
        if not turned.any():
            return
        if len(self._turned) == MOST:
            self._drop()
        self._turned.append((now, turned))
        cv2.add(self.counts, turned.view(np.uint8), dst=self.counts)
        self.changed = True

    def resize(self, shape: tuple[int, int]) -> None:
        """Carry the counts over to pictures of another size, (H, W)."""
        self.counts = resized(self.counts, shape)
        self._turned = deque((then, resized(turned, shape)) for then, turned in self._turned)
        self.changed = True

    def _drop(self) -> None:
        cv2.subtract(self.counts, self._turned.popleft()[1].view(np.uint8), dst=self.counts)
        self.changed = True


class Clock:
    """Turn timestamps into a time that never runs back.

    If a timestamp is before the last one (a clip begins anew), no time has passed: that may count too much,
    which is better than too little.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self._last: float | None = None

    def __call__(self, pts: float) -> float:
        """Return the time of a picture in seconds, given its timestamp."""
        if self._last is not None and pts > self._last:
            self.now += pts - self._last
        if pts == pts:  # a NaN is passed over
            self._last = pts
        return self.now
