"""Correct a stream's timestamps so that they always grow, also if missing, backward, wrapped or jumping."""

import math
from typing import Protocol

TICK = 0.001
"""Seconds put between two frames if their own times do not grow."""

BACK = 0.5
"""Seconds that times may step back because frames are out of order; beyond that, the clock was set."""


class Line(Protocol):
    """The timeline of a stream's frames, so that its sound can be put on it.

    Attributes:
        pts: seconds at which the last frame is shown; None before the first.
        offset: seconds that are added to the stream's own time at the moment; None while not known.
        near: seconds; sound that comes with a frame must lie within this distance of `pts`.
    """

    pts: float | None
    offset: float | None
    near: float

    def leaps(self, step: float) -> bool:
        """Return whether a step of so many seconds is a jump of the stream's clock, not time that passed."""
        ...


class Timeline:
    """Make a clip's own times grow always; frames without a time get one from the rate.

    Args:
        rate: frames a second; None if the clip does not say.
        gap: seconds; a longer step is a jump of the clock. Only broadcast clocks jump: in any other clip one
            picture may be shown for hours.
    """

    near = math.inf

    def __init__(self, rate: float | None, gap: float = math.inf) -> None:
        self._step = 1 / rate if rate else 0.04
        self._gap = gap
        self._seconds: float | None = None
        self.pts: float | None = None
        self.offset: float | None = 0.0

    def __call__(self, seconds: float | None) -> float:
        """Return the seconds at which this frame is shown, greater than any before."""
        after = 0.0 if self.pts is None else self.pts + self._step
        if seconds is None:
            self.pts = after
            return after
        if self._seconds is not None and self.leaps(seconds - self._seconds):
            self.offset = after - seconds
        self._seconds = seconds
        pts = seconds + (self.offset or 0.0)
        self.pts = pts if self.pts is None else max(pts, self.pts + TICK)
        return self.pts

    def leaps(self, step: float) -> bool:
        """As in `Line`."""
        return not -BACK <= step <= self._gap

    def again(self) -> None:
        """Start the clip again: its times, which begin at 0 again, come after those so far."""
        self._seconds = None
        if self.pts is not None:
            self.offset = self.pts + self._step


class LiveTimeline:
    """Time a live stream from 0, by its own clock where that is plausible, else by the arrival of frames.

    RTP clocks jump when the first sender report comes, and some cameras send none at all.
    """

    JUMP = 2.0
    """Seconds by which a stream's clock may run ahead of the frames' arrival."""

    DISORDER = 0.25
    """Seconds for which frames may arrive out of order; if it lasts longer, the clock was set."""

    LATE = 8
    """Number of such frames in a row that are allowed: after a stall many come at once."""

    near = 5.0

    def __init__(self) -> None:
        self._arrived: float | None = None
        self._seconds: float | None = None
        self._late = 0
        self.pts: float | None = None
        self.offset: float | None = None

    def __call__(self, seconds: float | None, arrived: float) -> float | None:
        """Return the seconds since the first frame; None for a frame that comes after a later one.

        Args:
            seconds: the frame's own time, None where it has none.
            arrived: `time.monotonic()` when it was decoded.
        """
        if self.pts is None or self._arrived is None:
            self.pts = 0.0
        else:
            step = waited = max(arrived - self._arrived, TICK)
            if seconds is not None and self._seconds is not None:
                own = seconds - self._seconds
                if -self.JUMP < own < 0 and waited < self.DISORDER and self._late < self.LATE:
                    self._late += 1
                    return None
                if 0 < own < waited + self.JUMP:
                    step = own
            self.pts += step
        self._arrived, self._seconds, self._late = arrived, seconds, 0
        if seconds is not None:
            self.offset = self.pts - seconds
        return self.pts

    def leaps(self, step: float) -> bool:
        """As in `Line`."""
        return abs(step) > self.JUMP
