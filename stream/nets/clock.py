"""Measure the time between the frames that a net sees, and tell when its memory must be reset."""

from __future__ import annotations

LONGEST = 1.0
"""Seconds after which the memory of a frame is out of date."""


class FrameClock:
    """Measure the time since the frame before, in the source's own time at any pace of the run."""

    def __init__(self) -> None:
        self._before: float | None = None

    def __call__(self, pts: float) -> float | None:
        """Return the seconds since the last call; None where the memory must be reset.

        That is at the first frame, after a long gap, and where a source begins again or stands still.

        Args:
            pts: of this frame, in seconds.
        """
        before, self._before = self._before, pts
        if before is None or not 0 < pts - before <= LONGEST:
            return None
        return pts - before
