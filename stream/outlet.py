"""A sink in the loop: its mailbox, its thread's job, and what became of the frames meant for it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from stream.frame import Frame, Sink
from stream.mailbox import Closed, Mailbox

_BACKLOG = 16
"""Frames that may wait for a recording: half a second of disk hiccup at 30 a second."""


class Outlet:
    """Carries frames from the loop to one sink, so that a slow sink slows nobody but itself.

    A file waits for its recordings, so that none of its frames is lost; what is live waits for nobody.

    Args:
        name: what the report calls the sink.
        sink: the sink; closed exactly once, by `drain` or `close`.
        live: whether the source is live.
        shown: called with each frame that has been written.
        left: called when the viewer has left.

    Attributes:
        written: how many frames the sink has taken.
        drained: set when `drain` has ended.
    """

    def __init__(
        self, name: str, sink: Sink, *, live: bool, shown: Callable[[Frame], None], left: Callable[[], None]
    ) -> None:
        self.name = name
        self.written = 0
        self.drained = threading.Event()
        self._sink, self._shown, self._left = sink, shown, left
        self._mailbox: Mailbox[Frame] = Mailbox(
            _BACKLOG if sink.keeps_all else 1, "every" if sink.keeps_all and not live else "latest"
        )

    @property
    def missed(self) -> int:
        """Frames that this sink was too slow for."""
        return self._mailbox.dropped

    def put(self, frame: Frame) -> None:
        """Hand a frame over; waits only where the source can wait."""
        self._mailbox.put(frame)

    def finish(self) -> None:
        """Hand over no more frames."""
        self._mailbox.finish()

    def discard(self) -> None:
        """Throw out the frames that wait."""
        self._mailbox.close()

    def drain(self) -> None:
        """Write frames until there will be no more, then close the sink: the job of the sink's thread."""
        try:
            while self.write_next():
                pass
        except Closed:
            pass
        finally:
            try:
                self.close()
            finally:
                self.drained.set()

    def write_next(self, timeout: float | None = None) -> bool:
        """Write the next frame if one comes within `timeout` seconds; False if the viewer left.

        Raises:
            Closed: there will be no more frames.
        """
        frame = self._mailbox.get(timeout)
        if frame is None:
            return True
        if not self._sink.write(frame):
            self._left()
            return False
        self.written += 1
        self._shown(frame)
        return True

    def close(self) -> None:
        """Close the sink."""
        self._sink.close()
