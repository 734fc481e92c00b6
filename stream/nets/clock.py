"""How much time lies between the frames that a net sees, and when it had better forget the one before."""

from __future__ import annotations

LONGEST = 1.0
"""Seconds after which what was remembered says nothing any more."""


class FrameClock:
    """The time since the frame before, in the source's own time: at any pace it is the same film."""

    def __init__(self) -> None:
        self._before: float | None = None

    def __call__(self, pts: float) -> float | None:
        """Return the seconds since the last call; None where memory begins anew.

        That is at the first frame, after a long gap, and where a source begins again or stands still.

        Args:
            pts: of this frame, in seconds.
        """
        before, self._before = self._before, pts
        if before is None or not 0 < pts - before <= LONGEST:
            return None
        return pts - before
