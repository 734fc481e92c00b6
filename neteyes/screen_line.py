"""Hold the short line that the window shows for a moment."""

from __future__ import annotations

import math

SECONDS = 2.0
"""Seconds that a line is shown."""


class ScreenLine:
    """Hold a short line for two seconds; a newer one replaces it.

    Times are `time.monotonic()` seconds.
    """

    def __init__(self) -> None:
        self._text = ""
        self._until = -math.inf

    def say(self, text: str, now: float) -> None:
        """Show a line from now on."""
        self._text, self._until = text, now + SECONDS

    def text(self, now: float) -> str:
        """Return the line to show; empty if there is none."""
        return self._text if now < self._until else ""
