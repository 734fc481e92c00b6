"""Connect one sink to the loop: its mailbox, its thread's job, and counts of its frames."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from engines.errors import SinkError
from stream.frame import Frame, Reconnecting, Sink
from stream.mailbox import Closed, Mailbox

_BACKLOG = 16
"""Frames that may wait for a recording: half a second of a slow disk at 30 frames a second."""


class Outlet:
    """Carry frames from the loop to one sink. A slow or broken sink harms no other.

    A file waits for its recordings, so that none of its frames is lost; what is live waits for nobody.

    Args:
        name: what the report calls the sink.
        sink: the sink; closed exactly once, by `drain` or `close`.
        live: whether the source is live.
        shown: called with each frame that has been written.
        missed: called with each frame that was not, since a newer one came.
        left: called when the viewer has left.
        failed: called when the sink has broken; it gets no more frames.

    Attributes:
        error: why the sink takes no more, if it broke for good.
        drained: set when `drain` has ended.
    """

    def __init__(
        self,
        name: str,
        sink: Sink,
        *,
        live: bool,
        shown: Callable[[Outlet, Frame], None],
        missed: Callable[[Outlet, Frame], None],
        left: Callable[[], None],
        failed: Callable[[SinkError], None],
    ) -> None:
        self.name = name
        self.sink = sink
        self._comes_back = sink if isinstance(sink, Reconnecting) else None
        self.error: SinkError | None = None
        self.drained = threading.Event()
        self._taken = 0
        self._lock = threading.Lock()
        self._lost = 0
        self._shown, self._missed, self._left, self._failed = shown, missed, left, failed
        self._mailbox: Mailbox[Frame] = Mailbox(
            _BACKLOG if sink.keeps_all else 1,
            "every" if sink.keeps_all and not live else "latest",
            counts=self._count_missed,
        )

    @property
    def written(self) -> int:
        """Count the frames that the sink has taken; notices are not counted."""
        return self._taken - self._gone_past

    @property
    def missed(self) -> int:
        """Count the frames that this sink missed, because it was slow or broken."""
        return self._mailbox.dropped + self._gone_past + self._lost

    @property
    def trouble(self) -> str | None:
        """Return the reason why it takes no frames, for good or for now; None while it takes them."""
        if self.error:
            return str(self.error)
        return self._comes_back.reason if self._comes_back else None

    @property
    def restarts(self) -> int:
        """Count how often it reconnected."""
        return self._comes_back.restarts if self._comes_back else 0

    def _count_missed(self, frame: Frame) -> bool:
        if frame.is_picture:
            self._missed(self, frame)
        return frame.is_picture

    def _lose(self, frame: Frame) -> None:
        with self._lock:
            self._lost += frame.is_picture

    @property
    def _gone_past(self) -> int:
        return self._comes_back.missed if self._comes_back else 0

    def put(self, frame: Frame) -> None:
        """Hand a frame over; waits only where the source can wait."""
        if not self._mailbox.put(frame) and self.error:
            self._lose(frame)

    def finish(self) -> None:
        """Hand over no more frames."""
        self._mailbox.finish()

    def discard(self) -> None:
        """Discard the frames that wait, and take no more."""
        self._mailbox.finish()
        with suppress(Closed):
            while frame := self._mailbox.get(0):
                self._lose(frame)

    def drain(self) -> None:
        """Write frames until there will be no more, then close the sink: the job of the sink's thread."""
        try:
            with suppress(Closed):
                while self.write_next():
                    pass
        except SinkError as error:
            self._broke(error)
        finally:
            self._finish()

    def write_next(self, timeout: float | None = None) -> bool:
        """Write the next frame if one comes within `timeout` seconds; False if the viewer left.

        Raises:
            Closed: there will be no more frames.
            SinkError: the sink broke.
        """
        frame = self._mailbox.get(timeout)
        if frame is None:
            return True
        try:
            stays = self.sink.write(frame)
        except SinkError:
            self._lose(frame)
            raise
        if not stays:
            self._left()
            return False
        self._taken += frame.is_picture
        self._shown(self, frame)
        return True

    def close(self) -> None:
        """Close the sink."""
        self.sink.close()

    def _finish(self) -> None:
        try:
            self.close()
        except SinkError as error:
            self._broke(error)
        finally:
            self.drained.set()
            if self.error:
                self._failed(self.error)

    def _broke(self, error: SinkError) -> None:
        if self.error is None:  # the first says it; what cannot be written cannot be finished either
            self.error = error
            self.discard()
