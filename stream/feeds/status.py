"""How a feed is: its state, why, and what it has counted. Written by the feed, read by anyone at any time."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Literal

from engines.errors import Kind

State = Literal["connecting", "live", "stale", "lost"]
"""`connecting`: being opened; `live`: frames come; `stale`: open, but silent; `lost`: to be tried again."""

STATES: tuple[State, ...] = ("connecting", "live", "stale", "lost")


class Tally:
    """What a source counts while it reads, over all the times that it was opened.

    Attributes:
        bytes: of what came in, before decoding.
        damaged: frames or parts of them that came in and could not be shown.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.bytes = 0
        self.damaged = 0

    def heard(self, count: int) -> None:
        """Count so many bytes."""
        with self._lock:
            self.bytes += count

    def lost(self, count: int = 1) -> None:
        """Count so many frames, or parts of frames, that cannot be shown."""
        with self._lock:
            self.damaged += count


@dataclass(frozen=True, slots=True)
class Health:
    """How a feed was at one moment.

    Attributes:
        state: one of `STATES`.
        kind: what is wrong, in a word; None while it is live.
        reason: the same as a sentence that names no secret; None while it is live.
        since: seconds that it has been in this state.
        age: seconds since its last frame; None before the first.
        frames: how many it has given.
        repeated: how many of them were the same, byte for byte, as the one before.
        frozen: seconds that the picture has not changed at all.
        restarts: how often it came back.
        bytes: as `Tally`.
        damaged: as `Tally`.
    """

    state: State
    kind: Kind | None
    reason: str | None
    since: float
    age: float | None
    frames: int
    repeated: int
    frozen: float
    restarts: int
    bytes: int
    damaged: int


class Status:
    """The state of one feed, safe to read from any thread.

    Args:
        name: what it is called in logs and metrics; no secret is in it.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.tally = Tally()
        self._lock = threading.Lock()
        self._state: State = "connecting"
        self._kind: Kind | None = None
        self._reason: str | None = None
        self._since = time.monotonic()
        self._last: float | None = None
        self._changed = 0.0
        self._frames = self._repeated = self._restarts = 0

    def enter(self, state: State, kind: Kind | None = None, reason: str | None = None) -> bool:
        """Go into a state; False if it was in it already, for the same kind of reason."""
        with self._lock:
            if (self._state, self._kind) == (state, kind):
                self._reason = reason
                return False
            if state == "live" and self._state != "live" and self._frames:
                self._restarts += self._state != "stale"
            self._state, self._kind, self._reason = state, kind, reason
            self._since = time.monotonic()
            return True

    def gave(self, captured_at: float, *, repeated: bool) -> None:
        """Count a frame."""
        with self._lock:
            self._frames += 1
            self._repeated += repeated
            self._last = captured_at
            if not repeated:
                self._changed = captured_at

    @property
    def health(self) -> Health:
        """How it is now."""
        now = time.monotonic()
        with self._lock:
            age = None if self._last is None else now - self._last
            frozen = 0.0 if self._last is None else self._last - self._changed
            return Health(
                self._state,
                self._kind,
                self._reason,
                now - self._since,
                age,
                self._frames,
                self._repeated,
                frozen,
                self._restarts,
                self.tally.bytes,
                self.tally.damaged,
            )
