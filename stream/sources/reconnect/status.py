"""Hold the state of a feed, its reason and its counters. The feed writes them; any thread may read them."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Literal

from engines.errors import Kind

State = Literal["connecting", "live", "stale", "lost"]
"""`connecting`: being opened; `live`: frames come; `stale`: open, but silent; `lost`: to be tried again."""

STATES: tuple[State, ...] = ("connecting", "live", "stale", "lost")


class FeedTally:
    """Count the bytes and damaged frames of a source, over all its openings.

    Attributes:
        bytes: bytes that came in, before decoding.
        damaged: frames, or parts of frames, that came in and could not be shown.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.bytes = 0
        self.damaged = 0

    def received(self, count: int) -> None:
        """Count so many bytes."""
        with self._lock:
            self.bytes += count

    def lost(self, count: int = 1) -> None:
        """Count so many frames, or parts of frames, that cannot be shown."""
        with self._lock:
            self.damaged += count


@dataclass(frozen=True, slots=True)
class Health:
    """The health of a feed at one moment.

    Attributes:
        state: one of `STATES`.
        kind: the kind of error, in a word; None while it is live.
        reason: the error as a sentence without secrets; None while it is live.
        since: seconds that it has been in this state.
        away: seconds since it was last live, or since the start; 0 while it is.
        age: seconds since its last frame; None before the first.
        frames: number of frames so far.
        repeated: number of frames that were the same, byte for byte, as the one before.
        frozen: seconds that the picture has not changed at all.
        restarts: number of times that it came back.
        bytes: as `FeedTally`.
        damaged: as `FeedTally`.
    """

    state: State
    kind: Kind | None
    reason: str | None
    since: float
    away: float
    age: float | None
    frames: int
    repeated: int
    frozen: float
    restarts: int
    bytes: int
    damaged: int


class Status:
    """Hold the state of one feed; safe to read from any thread.

    Args:
        name: the feed's name in logs and metrics, without secrets.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.tally = FeedTally()
        self._lock = threading.Lock()
        self._state: State = "connecting"
        self._kind: Kind | None = None
        self._reason: str | None = None
        self._since = self._left = time.monotonic()
        self._last: float | None = None
        self._changed = 0.0
        self._frames = self._repeated = self._restarts = 0

    def enter(self, state: State, kind: Kind | None = None, reason: str | None = None) -> None:
        """Enter a state."""
        with self._lock:
            self._go(state, kind, reason)

    def fall_silent(self, patience: float) -> bool:
        """Go from live to stale if the last frame is older than so many seconds; True if it does."""
        with self._lock:
            last = self._since if self._last is None else self._last
            if self._state != "live" or time.monotonic() - last <= patience:
                return False
            self._go("stale", "timeout", f"{self.name} is open, but sends nothing.")
            return True

    def gave(self, captured_at: float, *, repeated: bool) -> None:
        """Count a frame, and enter the state `live`."""
        with self._lock:
            if self._state != "live":
                self._restarts += bool(self._frames) and self._state != "stale"
                self._go("live", None, None)
            self._frames += 1
            self._repeated += repeated
            self._last = captured_at
            if not repeated:
                self._changed = captured_at

    def _go(self, state: State, kind: Kind | None, reason: str | None) -> None:
        now = time.monotonic()
        if self._state == "live" != state:
            self._left = now
        if (self._state, self._kind) != (state, kind):
            self._since = now
        self._state, self._kind, self._reason = state, kind, reason

    @property
    def health(self) -> Health:
        """Return the health of the feed now."""
        now = time.monotonic()
        with self._lock:
            age = None if self._last is None else now - self._last
            frozen = 0.0 if self._last is None else self._last - self._changed
            return Health(
                self._state,
                self._kind,
                self._reason,
                now - self._since,
                0.0 if self._state == "live" else now - self._left,
                age,
                self._frames,
                self._repeated,
                frozen,
                self._restarts,
                self.tally.bytes,
                self.tally.damaged,
            )
