"""The streams and events of `engines.fake_device`: who is ordered behind whom, by vector clocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engines import device as seam
from engines.device import HostArray
from engines.errors import BackendError

if TYPE_CHECKING:
    from engines.fake_device import FakeDevice

Clock = dict[int, int]
"""Number of a stream → how much of its work is done before."""


class Fault(Exception):
    """Something out of order, which a GPU would answer with garbage or a crash, now and then."""


def join(clock: Clock, other: Clock) -> None:
    """Let `clock` know all that `other` knows."""
    for stream, tick in other.items():
        clock[stream] = max(tick, clock.get(stream, 0))


@dataclass(slots=True)
class Work:
    """One thing that a stream does.

    Attributes:
        what: for messages.
        run: does it.
        reads: where memory begins that it reads.
        writes: likewise.
        after: it is not done before this mark has come.
    """

    what: str
    run: Callable[[], None] = lambda: None
    reads: tuple[int, ...] = ()
    writes: tuple[int, ...] = ()
    after: Mark | None = None


@dataclass(slots=True, eq=False)
class Mark:
    """One recording of an event."""

    stream: Stream
    clock: Clock
    at_ms: float | None = None
    """When it came, on the device's own clock; None before."""


@dataclass(slots=True)
class Block:
    """Memory, and who used it last."""

    data: HostArray
    what: str
    written: tuple[int, int] | None = None
    read: Clock = field(default_factory=dict)

    @property
    def pointer(self) -> int:
        """Where it begins."""
        return int(self.data.ctypes.data)

    @property
    def on_device(self) -> bool:
        """Whether it is the device's own; else it is pinned host memory."""
        return self.what == "device memory"

    def check_read(self, what: str, clock: Clock) -> None:
        """Find a read that is not ordered behind what it reads."""
        if self.written is None:
            raise Fault(f"'{what}' reads {self.what} that nobody has filled")
        if not _knows(clock, *self.written):
            raise Fault(f"'{what}' reads {self.what} before its ready event")

    def check_write(self, what: str, clock: Clock) -> None:
        """Find a write into memory that others still use, or its freeing."""
        if not self.idle(clock):
            raise Fault(f"'{what}' takes {self.what} that is busy")

    def idle(self, clock: Clock) -> bool:
        """Tell whether every use so far is known to be over."""
        last = [self.written] if self.written else []
        return all(_knows(clock, *use) for use in (*last, *self.read.items()))


class Stream:
    """A queue of work; implements `engines.device.Stream`."""

    def __init__(self, device: FakeDevice, number: int) -> None:
        self.device, self.handle = device, number
        self.what = f"stream {number}"
        self.clock: Clock = {}
        self.captured: list[Work] | None = None
        self._queue: list[Work | Mark] = []

    def wait(self, event: seam.Event) -> None:
        """Hold what is enqueued from now on until `event` has come."""
        assert isinstance(event, Event)
        self.device.called("stream waits", self.what)
        mark = event.last()
        with self.device.lock:
            join(self.clock, mark.clock)
            self._queue.append(Work("wait", after=mark))

    def put(self, work: Work, reads: Sequence[Block], writes: Sequence[Block]) -> None:
        """Put work into the queue; check what it does with memory, and remember it."""
        tick = self.clock[self.handle] = self.clock.get(self.handle, 0) + 1
        for block in reads:
            block.check_read(work.what, self.clock)
            block.read[self.handle] = tick
        for block in writes:
            block.check_write(work.what, self.clock)
            block.written, block.read = (self.handle, tick), {}
        self._queue.append(work)

    def mark(self) -> Mark:
        """Put a mark behind what is in the queue."""
        with self.device.lock:
            mark = Mark(self, dict(self.clock))
            self._queue.append(mark)
        return mark

    def come_to(self, mark: Mark) -> None:
        """Do all work up to a mark, and on other streams what it waits for."""
        while mark.at_ms is None:
            one = self._queue.pop(0)
            if isinstance(one, Mark):
                one.at_ms = self.device.clock_ms
                continue
            if one.after and one.after.at_ms is None:
                one.after.stream.come_to(one.after)
            one.run()
            self.device.clock_ms += 1


class Event:
    """A mark in a stream; implements `engines.device.Event`."""

    what = "event"

    def __init__(self, device: FakeDevice) -> None:
        self._device = device
        self._mark: Mark | None = None

    def record(self, stream: seam.Stream) -> None:
        """Put the mark behind what is in `stream` now."""
        assert isinstance(stream, Stream)
        self._device.called("record", stream.what)
        if stream.device is not self._device:
            raise Fault("an event is recorded on a stream of another device")
        self._mark = stream.mark()

    def wait(self, seconds: float) -> None:
        """Do what is before the mark; a device that hangs is given up at once."""
        self._device.called("thread waits")
        mark = self.last()
        with self._device.lock:
            if self._device.hung:
                raise BackendError(
                    f"The GPU has not answered for {seconds:g} s. See what `nvidia-smi` and `dmesg` say."
                )
            mark.stream.come_to(mark)
            join(self._device.host_clock, mark.clock)

    def ms_since(self, earlier: seam.Event) -> float:
        """Return how much work the device did in between: each takes one millisecond."""
        assert isinstance(earlier, Event)
        begin, end = earlier.last().at_ms, self.last().at_ms
        if begin is None or end is None:
            raise Fault("the time of an event is asked that has not come")
        return end - begin

    def last(self) -> Mark:
        """Return the mark recorded last."""
        if self._mark is None:
            raise Fault("a wait for an event that was never recorded")
        return self._mark


def _knows(clock: Clock, stream: int, tick: int) -> bool:
    return clock.get(stream, 0) >= tick
