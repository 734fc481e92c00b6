"""Count one kind of flash: transitions in the worst field of the last second, and the worst second so far."""

from __future__ import annotations

from typing import Any

from stream.flashes.flash_area import Windows
from stream.flashes.recent import Recent

LIMIT = 6
"""Transitions a second that WCAG 2.3.1 allows: three flashes, a flash being two opposing transitions."""


class FlashTally:
    """Count one kind of transition in every 10° field of the picture.

    Attributes:
        transitions: how many transitions at least a quarter of some field made in the last second.
        worst: the highest value of `transitions` so far.
        worst_at: timestamp in seconds of the first picture with this value; None before any transition.
        pictures_over: number of pictures at which `transitions` was over the limit.
    """

    def __init__(self) -> None:
        self.transitions = self.worst = self.pictures_over = 0
        self.worst_at: float | None = None

    @property
    def flashes(self) -> float:
        """Flashes in the last second: half the transitions, so it may be a half number."""
        return self.transitions / 2

    @property
    def over(self) -> bool:
        """Whether the last second went over the limit."""
        return self.transitions > LIMIT

    @property
    def complies(self) -> bool:
        """Whether no second so far went over the limit."""
        return self.worst <= LIMIT

    def update(self, recent: Recent, windows: Windows, pts: float) -> None:
        """Read the counts after a picture with the timestamp `pts`, in seconds."""
        if recent.changed:
            recent.changed = False
            often = self.transitions
            while windows.reached(recent.counts > often):
                often += 1
            while often and not windows.reached(recent.counts >= often):
                often -= 1
            self.transitions = often
        self.pictures_over += self.over
        if self.transitions > self.worst:
            self.worst, self.worst_at = self.transitions, pts

    def figures(self) -> dict[str, Any]:
        """Return the figures for the report."""
        return {
            "flashes_worst_second": self.worst / 2,
            "transitions_worst_second": self.worst,
            "worst_at": None if self.worst_at is None else round(self.worst_at, 3),
            "pictures_over": self.pictures_over,
        }
