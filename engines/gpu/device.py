"""The seam to a GPU: streams that work in order, events between them, and memory of their own.

What runs on a device is written against this page alone. `engines.gpu.cuda` is the real one, and
`tests.fixtures.fake_device` one of numpy that does everything as late as it may and finds whatever is out of
order.

There is no way here to wait for a whole device: a thread waits for one event, and no longer than it says.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

HostArray = npt.NDArray[Any]


class Stream(Protocol):
    """A queue of work on a device: what is put in is done in order, and nobody waits for it."""

    @property
    def handle(self) -> int:
        """The CUstream, for runtimes that enqueue by themselves; never 0, the default stream."""
        ...

    def wait(self, event: Event) -> None:
        """Hold what is enqueued from now on until `event`, recorded before, has come; the caller goes on."""
        ...


class Event(Protocol):
    """A mark in a stream. It comes when all that was enqueued before it is done."""

    def record(self, stream: Stream) -> None:
        """Put the mark behind what is in `stream` now; an earlier mark of this event is forgotten."""
        ...

    def wait(self, seconds: float) -> None:
        """Let the calling thread wait until the event has come.

        Raises:
            BackendError: work before it failed, or it has not come within `seconds`.
        """
        ...

    def ms_since(self, earlier: Event) -> float:
        """Return the device's own milliseconds between two events that have come."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class DeviceArray:
    """Contiguous memory on a device.

    Attributes:
        pointer: where it begins.
        shape: its sides.
        dtype: of its elements.
        ready: recorded by whoever fills it, waited for by whoever reads it on another stream.
    """

    pointer: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    ready: Event

    @property
    def nbytes(self) -> int:
        """Its length in bytes."""
        return int(np.prod(self.shape)) * self.dtype.itemsize


class Graph(Protocol):
    """Work that was captured once, with all its addresses, and is enqueued again with one call."""

    def launch(self, stream: Stream) -> None:
        """Enqueue it."""
        ...

    def close(self) -> None:
        """Free it; no launch of it is under way."""
        ...


class Device(Protocol):
    """A GPU, as threads share it. All but `current` and `name` is called with the device current.

    Every method raises BackendError if the device is lost or out of memory. Making and freeing memory may
    hold up the whole device, so it is done before the first frame and after the last.

    Attributes:
        name: as its maker sells it.
    """

    name: str

    def current(self) -> AbstractContextManager[None]:
        """Make the device current on this thread for the length of a `with`; each thread does so itself."""
        ...

    def stream(self) -> Stream:
        """Return a new stream that waits for no other."""
        ...

    def event(self) -> Event:
        """Return a new event."""
        ...

    def empty(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> DeviceArray:
        """Return uninitialised memory on the device."""
        ...

    def pinned(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> HostArray:
        """Return zeroed host memory that copies pass through without a stop."""
        ...

    def upload(self, source: HostArray, target: DeviceArray, stream: Stream) -> None:
        """Enqueue a copy from pinned memory, which nobody changes until it is done."""
        ...

    def download(self, source: DeviceArray, target: HostArray, stream: Stream) -> None:
        """Enqueue a copy to pinned memory, which nobody reads until it is done."""
        ...

    def copy(self, source: DeviceArray, target: DeviceArray, stream: Stream) -> None:
        """Enqueue a copy on the device."""
        ...

    def capture(self, work: Callable[[], None], stream: Stream) -> Graph:
        """Call `work`, which enqueues on `stream`, and return what it enqueued without doing it."""
        ...

    def memory(self) -> tuple[int, int]:
        """Return how many bytes are free, and how many there are."""
        ...

    def free(self, *made: DeviceArray | HostArray | Stream | Event) -> None:
        """Give back what was made here; the device has come past all that was enqueued with it."""
        ...
