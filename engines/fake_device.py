"""A device of numpy that does everything as late as it may, and finds whatever is out of order.

It implements `engines.device.Device`, so that what runs on a GPU can be tested without one. Nothing is done
when it is enqueued: work is done when a thread waits for an event behind it, in the order that streams and
events prescribe. Whether two pieces of work are ordered is not left to luck. Each stream keeps a vector clock
(Lamport 1978; Fidge 1988), which events and waits carry to the others, and every use of memory is checked
against the uses before it. What a GPU would answer with garbage now and then is a `Fault` here each time.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from engines import device as seam
from engines.device import DeviceArray, HostArray
from engines.engine import Engine
from engines.errors import BackendError
from engines.fake_engine import FakeEngine, FakeGraph
from engines.fake_stream import Block, Event, Fault, Stream, Work, join

GARBAGE = 0xA5
"""Every byte of memory that nobody has filled yet."""


class FakeDevice:
    """A device that finds faults.

    Args:
        memory: bytes that it has.

    Attributes:
        calls: the trace: (name of the thread, what was called, with what).
    """

    name = "fake device"

    def __init__(self, memory: int = 1 << 30) -> None:
        self.calls: list[tuple[str, str, str]] = []
        self.lock = threading.RLock()
        self.host_clock: dict[int, int] = {}  # what any thread has waited for
        self.clock_ms = 0.0
        self.hung = False
        self._memory = memory
        self._blocks: dict[int, Block] = {}
        self._others: set[Stream | Event] = set()
        self._mine = threading.local()
        self._lost = self._settled = False

    # What tests steer by.

    def settle(self) -> None:
        """Make every allocation from now on a fault: warming up is over."""
        self._settled = True

    def lose(self) -> None:
        """Fail every call from now on, as a GPU does that fell off the bus."""
        self._lost = True

    def check_closed(self) -> None:
        """Find what was made and not freed, and threads on which the device is still current.

        Raises:
            Fault: there is something.
        """
        left = Counter(one.what.split(" ")[0] for one in (*self._blocks.values(), *self._others))
        if left:
            raise Fault(f"never freed: {', '.join(f'{count} {what}' for what, count in left.items())}")
        if getattr(self._mine, "depth", 0):
            raise Fault("the device is still current on this thread")

    def engine(self, inner: Engine, stream: seam.Stream) -> Engine:
        """Return a runtime of the processor as one that answers inside a stream of this device."""
        assert isinstance(stream, Stream)
        return FakeEngine(self, inner, stream)

    def synchronize(self) -> None:
        """Refuse: nothing in the loop may wait for a whole device."""
        self.called("synchronize")
        raise Fault("a device-wide synchronisation")

    # What `engines.device.Device` promises.

    @contextmanager
    def current(self) -> Iterator[None]:
        """Make the device current on this thread."""
        self._mine.depth = getattr(self._mine, "depth", 0) + 1
        try:
            yield
        finally:
            self._mine.depth -= 1

    def stream(self) -> Stream:
        """Return a new stream."""
        stream = Stream(self, len(self.calls) + 1)
        self._made(stream, "stream")
        return stream

    def event(self) -> Event:
        """Return a new event."""
        event = Event(self)
        self._made(event, "event")
        return event

    def empty(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> DeviceArray:
        """Return memory full of garbage."""
        block = self._block(shape, dtype, "device memory")
        return DeviceArray(block.pointer, shape, dtype, self.event())

    def pinned(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> HostArray:
        """Return zeroed memory that this device knows as pinned."""
        block = self._block(shape, dtype, "pinned memory")
        block.data[...] = 0
        block.written = (0, 0)  # before all else
        return block.data

    def upload(self, source: HostArray, target: DeviceArray, stream: seam.Stream) -> None:
        """Enqueue a copy; the source must not change before it is done."""
        block, data = self._pinned(source), self.data(target)
        promised = source.copy()

        def work() -> None:
            if not np.array_equal(source, promised):
                raise Fault("pinned memory was changed while a copy from it was under way")
            data[...] = source

        self._copy("upload", work, (block.pointer,), (target.pointer,), stream)

    def download(self, source: DeviceArray, target: HostArray, stream: seam.Stream) -> None:
        """Enqueue a copy; until it is done the target holds garbage."""
        block, data = self._pinned(target), self.data(source)
        if block.idle(self.host_clock):
            target.reshape(-1).view(np.uint8)[...] = GARBAGE

        def work() -> None:
            target[...] = data

        self._copy("download", work, (source.pointer,), (block.pointer,), stream)

    def copy(self, source: DeviceArray, target: DeviceArray, stream: seam.Stream) -> None:
        """Enqueue a copy on the device."""
        there, here = self.data(source), self.data(target)

        def work() -> None:
            here[...] = there

        self._copy("copy", work, (source.pointer,), (target.pointer,), stream)

    def capture(self, work: Callable[[], None], stream: seam.Stream) -> FakeGraph:
        """Return what `work` enqueues on `stream`."""
        assert isinstance(stream, Stream)
        self.called("capture")
        stream.captured = []
        try:
            work()
            return FakeGraph(self, stream.captured)
        finally:
            stream.captured = None

    def memory(self) -> tuple[int, int]:
        """Return the bytes that are free, and all of them."""
        self.called("memory")
        used = sum(block.data.nbytes for block in self._blocks.values() if block.on_device)
        return self._memory - used, self._memory

    def free(self, *made: DeviceArray | HostArray | seam.Stream | seam.Event) -> None:
        """Give back what was made here; memory takes its event with it."""
        self.called("free")
        for one in made:
            if isinstance(one, DeviceArray | np.ndarray):
                pointer = one.pointer if isinstance(one, DeviceArray) else one.ctypes.data
                block = self._blocks.pop(pointer, None)
                if block is None:
                    raise Fault("memory is freed that is not there, or not any more")
                block.check_write("free", self.host_clock)
                one = one.ready if isinstance(one, DeviceArray) else one
            if isinstance(one, Stream | Event):
                self._others.remove(one)

    # What the parts of it use.

    def called(self, what: str, detail: str = "") -> None:
        """Write a call into the trace; every call comes through here.

        Raises:
            Fault: the device is not current on this thread.
            BackendError: it is lost.
        """
        with self.lock:
            self.calls.append((threading.current_thread().name, what, detail))
        if self._lost:
            raise BackendError("The GPU failed: it is lost. See what `nvidia-smi` and `dmesg` say.")
        if not getattr(self._mine, "depth", 0):
            raise Fault(f"'{what}' on a thread on which the device is not current")

    def data(self, array: DeviceArray) -> HostArray:
        """Return the memory behind an array of this device."""
        if array.pointer not in self._blocks:
            raise Fault("an array of another device, or one that was freed")
        return self._blocks[array.pointer].data

    def enqueue(self, work: Work, stream: Stream) -> None:
        """Put work into a stream, and check that it is ordered behind all that it depends on."""
        self.called(work.what, stream.what)
        if stream.device is not self:
            raise Fault(f"'{work.what}' on a stream of another device")
        if stream.captured is not None:
            stream.captured.append(work)
            return
        with self.lock:
            join(stream.clock, self.host_clock)
            reads, writes = ([self._blocks[at] for at in places] for places in (work.reads, work.writes))
            stream.put(work, reads, writes)

    def _copy(
        self,
        what: str,
        work: Callable[[], None],
        reads: tuple[int, ...],
        writes: tuple[int, ...],
        stream: seam.Stream,
    ) -> None:
        assert isinstance(stream, Stream)
        self.enqueue(Work(what, work, reads, writes), stream)

    def _pinned(self, array: HostArray) -> Block:
        block = self._blocks.get(array.ctypes.data)
        if block is None or block.on_device:
            raise Fault("a copy to or from memory that is not pinned waits for the device")
        return block

    def _block(self, shape: tuple[int, ...], dtype: np.dtype[Any], what: str) -> Block:
        data = np.empty(shape, dtype)
        data.reshape(-1).view(np.uint8)[...] = GARBAGE
        self._allowed(what)
        block = Block(data, what)
        if block.on_device and self.memory()[0] < data.nbytes:
            raise BackendError("The GPU is out of memory. Close what else uses it, or take a smaller bundle.")
        self._blocks[block.pointer] = block
        return block

    def _made(self, one: Stream | Event, what: str) -> None:
        self._allowed(what)
        self._others.add(one)

    def _allowed(self, what: str) -> None:
        self.called("allocate", what)
        if self._settled:
            raise Fault(f"{what} is made after warming up")
