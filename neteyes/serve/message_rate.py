"""Bound the number of messages that a page may send."""

from __future__ import annotations

import time

PER_SECOND = 150
"""Messages that a page may send a second, frames among them: a camera of 60 frames needs half of that."""

BURST = 300
"""Messages that may come at once after a while without any."""


class MessageRate:
    """Count messages: a bucket of `BURST` that fills with `PER_SECOND`."""

    def __init__(self) -> None:
        self._left, self._at = float(BURST), time.monotonic()

    def allows(self) -> bool:
        """Count one message, and return whether it is within the bounds."""
        now = time.monotonic()
        self._left = min(float(BURST), self._left + (now - self._at) * PER_SECOND) - 1
        self._at = now
        return self._left >= 0
