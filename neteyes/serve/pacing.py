"""Take a frame just in time: late, so that it does not wait between the nets, yet so that they never rest."""

from __future__ import annotations

import statistics
import threading
import time
from collections import deque

from engines.bundle import Net
from stream.loop.permits import Permits, PermitShare

MARGIN = 0.005
"""Seconds by which a frame is taken too early, since calls do not all take the same time."""

LONGEST = 0.25
"""Seconds that a loop waits at most before it takes a frame."""

_REMEMBERED = 9
"""Calls of each net whose median is taken as the next one's time."""


class Pacing:
    """Know when the painter will be free, from how long the last calls of the nets took; thread-safe.

    With two frames in flight, the second is segmented while the first is painted, and then waits for the
    painter, which takes longer. It may as well be taken from the camera later by that wait: it is painted at
    the same time, and is younger.
    On two cores that made frames of one visitor a twelfth younger, for a twentieth fewer of them.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._painting_since: float | None = None
        self._took: dict[Net, deque[float]] = {
            "segment": deque(maxlen=_REMEMBERED),
            "synthesize": deque(maxlen=_REMEMBERED),
        }

    def began(self, net: Net) -> float:
        """Note that a call of a net begins; returns the time for `ended`."""
        now = time.monotonic()
        if net == "synthesize":
            with self._changed:
                self._painting_since = now
        return now

    def ended(self, net: Net, began: float) -> None:
        """Note that a call has ended."""
        with self._changed:
            self._took[net].append(time.monotonic() - began)
            if net == "synthesize":
                self._painting_since = None
                self._changed.notify_all()

    def wait(self) -> None:
        """Wait until a frame that is taken now meets a painter that is just free."""
        with self._changed:
            since = self._painting_since
            if since is None or not all(self._took.values()):
                return
            segment, paint = (statistics.median(self._took[net]) for net in ("segment", "synthesize"))
            left = since + paint - segment - MARGIN - time.monotonic()
            if left > 0:
                self._changed.wait_for(lambda: self._painting_since != since, min(left, LONGEST))


class PacedShare(PermitShare):
    """Take permits for one loop, and each just in time.

    Args:
        permits: those of all loops.
        pacing: that of the nets which the loops share.
    """

    def __init__(self, permits: Permits, pacing: Pacing) -> None:
        super().__init__(permits)
        self._pacing = pacing

    def get(self) -> None:
        """Wait for a permit, and then until the frame would not wait between the nets.

        Raises:
            Closed: the share was closed.
        """
        super().get()
        self._pacing.wait()
