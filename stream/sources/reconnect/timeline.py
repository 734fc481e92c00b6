"""Number and time the frames of a feed over all openings of its source."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from stream.frame import Frame, Image, Notice

_NOTHING: Image = np.zeros((2, 2, 3), np.uint8)


class FeedTimeline:
    """Give frames numbers and times that always grow, however often the source is opened again."""

    def __init__(self) -> None:
        self._at: float | None = None
        self._index, self._pts = -1, 0.0
        self._base, self._shift = 0, 0.0

    def __call__(self, frame: Frame, begins: bool) -> Frame:
        """Return a frame of the source with the feed's own number and time.

        Args:
            frame: as the source gave it.
            begins: whether it is the first frame since the source was opened.
        """
        if begins and self._at is not None:
            self._base = self._index + 1 - frame.index
            self._shift = self._pts + max(frame.captured_at - self._at, 0.0) - frame.pts
        self._at = frame.captured_at
        self._index, self._pts = self._base + frame.index, self._shift + frame.pts
        return replace(frame, index=self._index, pts=self._pts)

    def notice(self, notice: Notice) -> Frame:
        """Return a frame without a picture, at the feed's current time."""
        now = time.monotonic()
        if self._at is None:  # the first frame or notice starts the feed's clock
            self._at = now
        return Frame(max(self._index, 0), now, self._pts + max(now - self._at, 0.0), _NOTHING, notice=notice)
