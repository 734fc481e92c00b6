"""Estimate when each frame of a peer was captured, from the sender's clock and the times of arrival."""

from __future__ import annotations

RATE = 90_000
"""Ticks a second of every video's RTP clock (RFC 3551)."""

WINDOW = 5.0
"""Seconds over which the quickest frame counts: clocks drift, and ways change."""

MOST_LATE = 2.0
"""Seconds that a frame may seem to be late; beyond that its sender's clock has jumped."""


class CaptureClock:
    """Tell captures' times on this machine's monotonic clock.

    The two clocks differ by an unknown offset, and each frame took an unknown time. The quickest frame of
    the last seconds gives the offset, so the time that a frame waited on its way counts; the quickest way
    itself does not, on a local network a few milliseconds.
    """

    def __init__(self) -> None:
        self._last_ticks: int | None = None
        self._ticks = 0
        self._before: float | None = None
        self._current: float | None = None
        self._since = 0.0
        self._last = 0.0

    def captured_at(self, rtp_time: int, arrived: float) -> float:
        """Return when a frame was captured, in seconds of `time.monotonic()`; later than the frame before it.

        Args:
            rtp_time: the frame's RTP timestamp, 32 bits.
            arrived: when its last packet came.
        """
        if self._last_ticks is not None:
            step = (rtp_time - self._last_ticks) & 0xFFFFFFFF
            self._ticks += step - (1 << 32 if step >= 1 << 31 else 0)
        self._last_ticks = rtp_time
        sent = self._ticks / RATE
        offset = arrived - sent
        if self._current is None or abs(offset - self._offset()) > MOST_LATE:
            self._before, self._current, self._since = None, offset, arrived
        elif arrived - self._since >= WINDOW / 2:
            self._before, self._current, self._since = self._current, offset, arrived
        else:
            self._current = min(self._current, offset)
        self._last = max(min(sent + self._offset(), arrived), self._last + 1e-6)
        return self._last

    def _offset(self) -> float:
        assert self._current is not None
        return self._current if self._before is None else min(self._current, self._before)
