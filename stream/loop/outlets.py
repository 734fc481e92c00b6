"""Manage all sinks of a loop: the one that shows, broken ones, and ones added or removed while it runs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator

from engines.errors import SinkError
from stream.controls import WINDOW
from stream.frame import Frame, Sink
from stream.loop.outlet import Outlet
from stream.meter import Meter

log = logging.getLogger(__name__)


class Outlets:
    """A window and sinks by name; iterating gives those of the moment, the window first.

    The first that works *shows*: what it writes and misses is what counts.

    Args:
        window: a sink that is written to on the caller's thread.
        sinks: name → sink, each with a job for a thread of its own.
        live: whether the source is live: then a sink that breaks ends alone, while another works.
        meter: counts what is shown and missed.
        stop: ends the loop.

    Attributes:
        window: its outlet, if there is one.
        left: sinks that were removed; some may still be written to, and finished.
        errors: of the sinks that broke, in their order.
    """

    def __init__(
        self,
        window: Sink | None,
        sinks: dict[str, Sink],
        *,
        live: bool,
        meter: Meter,
        stop: Callable[[], None],
    ) -> None:
        self.left: list[Outlet] = []
        self.errors: list[SinkError] = []
        self._live, self._meter, self._stop = live, meter, stop
        self._begun = self._over = False
        self.window = self._outlet(WINDOW, window) if window else None
        self.sinks = [self._outlet(name, sink) for name, sink in sinks.items()]

    def __iter__(self) -> Iterator[Outlet]:
        return iter([*([self.window] if self.window else []), *self.sinks])

    def __getitem__(self, place: int) -> Outlet:
        outlets: list[Outlet] = [*self]
        return outlets[place]

    def __len__(self) -> int:
        return len(self.sinks) + (self.window is not None)

    def jobs(self) -> dict[str, Callable[[], None]]:
        """Return the name of each sink's thread, and what it does there."""
        return {_thread(outlet): outlet.drain for outlet in self.sinks}

    def add(self, name: str, sink: Sink) -> dict[str, Callable[[], None]]:
        """Give frames to one more sink from now on; returns its thread's name and job."""
        outlet = self._outlet(name, sink)
        self.sinks = [*self.sinks, outlet]
        if self._over:
            outlet.finish()
        return {_thread(outlet): outlet.drain}

    def remove(self, name: str) -> None:
        """Give a sink no more frames; its thread finishes it."""
        leaving = [outlet for outlet in self.sinks if outlet.name == name]
        self.left = [*self.left, *leaving]
        self.sinks = [outlet for outlet in self.sinks if outlet.name != name]
        for outlet in leaving:
            outlet.finish()

    def put(self, frame: Frame) -> None:
        """Hand a frame to all of them; waits only where the source can wait."""
        self._begun = self._begun or frame.is_picture
        for outlet in self:
            # The first view decides the size of a recording, and a notice does not know the camera's.
            if not self._begun and outlet is not self.window:
                self._meter.noticed()
            elif (shown := frame.for_output(outlet.name)) is not None:  # its first ones may lack a new view
                outlet.put(shown)

    def finish(self) -> None:
        """Hand over no more frames; what waits is written."""
        self._over = True
        for outlet in self:
            outlet.finish()

    def discard(self) -> None:
        """Discard the frames that wait."""
        for outlet in (*self, *self.left):
            outlet.discard()

    def raise_unfinished(self, stuck: Collection[str]) -> None:
        """List the errors of the sinks.

        Args:
            stuck: names of the threads that have not ended.

        Raises:
            SinkError: one broke, or could not be finished.
        """
        if self.errors:
            raise self.errors[0]
        for outlet in (*self.sinks, *self.left):
            if _thread(outlet) in stuck:
                raise SinkError(
                    f"'{outlet.name}' is too slow: it was not finished and may lack its end. Write elsewhere."
                )

    def _outlet(self, name: str, sink: Sink) -> Outlet:
        return Outlet(
            name,
            sink,
            live=self._live,
            shown=self._shown,
            missed=self._missed,
            left=self._stop,
            failed=self._failed,
        )

    @property
    def _first(self) -> Outlet | None:
        return next((outlet for outlet in self if not outlet.trouble), next(iter(self), None))

    def _shown(self, outlet: Outlet, frame: Frame) -> None:
        if outlet is not self._first:
            return
        if not frame.is_picture:
            self._meter.noticed()
        elif outlet.trouble:
            self._meter.missed(frame.index)
            self._meter.noticed()
        else:
            self._meter.shown(frame.index, frame.captured_at)

    def _missed(self, outlet: Outlet, frame: Frame) -> None:
        if outlet is self._first:
            self._meter.missed(frame.index)

    def _failed(self, error: SinkError) -> None:
        """Go on without it, if the source is live and another works."""
        self.errors.append(error)
        others = [*self]  # none, while the last one is being replaced
        if not self._live or (others and all(outlet.error for outlet in others)):
            self._stop()
        elif not self._over:
            log.warning("%s The other outputs go on.", error, extra={"fields": {"state": "broken"}})


def _thread(outlet: Outlet) -> str:
    """Return the name of a sink's thread, which differs from every stage's name."""
    return f"sink {outlet.name}"
