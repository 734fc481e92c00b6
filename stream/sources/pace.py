"""Pace frames at the speed of their timestamps."""

import threading
import time

LATE = 0.25
"""Seconds of delay beyond which the clock is set again, so that a clip does not race after a pause."""


class Pacer:
    """Hold each frame back until its time has come; the first one sets the clock."""

    def __init__(self) -> None:
        self._origin: float | None = None

    def wait(self, pts: float, stop: threading.Event) -> bool:
        """Wait until the source time `pts`, in seconds, is due; False if `stop` was set first."""
        now = time.monotonic()
        if self._origin is None or now - self._origin - pts > LATE:
            self._origin = now - pts
        return not stop.wait(max(0.0, self._origin + pts - now))
