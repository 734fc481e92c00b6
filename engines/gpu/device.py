"""Define the interface to a GPU: streams that work in order, events between them, and memory on the device.

All code that runs on a device is written against this page alone. `engines.gpu.cuda` is the real device.
`tests.fixtures.fake_device` is a device of numpy: it does all work as late as it may, and so finds work that
is out of order.

Nothing here waits for a whole device: a thread waits for one event, with a timeout.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

HostArray = npt.NDArray[Any]


def pinned_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of pinned memory for a tensor: one number is an array of one, never one without sides.

    pycuda's C++ looks at the first side of what it allocates; built with checks, it ends the process if there
    is none.
    """
    return shape or (1,)


class Stream(Protocol):
    """A queue of work on a device: work is done in order, and the thread that enqueues it does not wait."""

    @property
    def handle(self) -> int:
        """The CUstream, for runtimes that enqueue by themselves; never 0, which is the default stream."""
        ...

    def wait(self, event: Event) -> None:
        """Hold all work that is enqueued from now on until `event` has come; the caller does not wait.

        The event was recorded before.
        """
        ...


class Event(Protocol):
    """A mark in a stream; it comes when all work that was enqueued before it is done."""

    def record(self, stream: Stream) -> None:
        """Put the mark behind the work that is in `stream` now; it replaces an earlier mark of this event."""
        ...

    def wait(self, seconds: float) -> None:
        """Wait on the calling thread until the event has come, with a timeout in seconds.

        Raises:
            BackendError: work before the event failed, or it has not come within `seconds`.
        """
        ...

    def ms_since(self, earlier: Event) -> float:
        """Return the milliseconds between two events that have come, by the device's clock."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class DeviceArray:
    """Contiguous memory on a device.

    Attributes:
        pointer: the address where it begins.
        shape: the lengths of its sides.
        dtype: the dtype of its elements.
        ready: an event that the writer records and a reader on another stream waits for.
    """

    pointer: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    ready: Event

    @property
    def nbytes(self) -> int:
        """The array's size in bytes."""
        return int(np.prod(self.shape)) * self.dtype.itemsize


class Graph(Protocol):
    """Captured work, with all its addresses, that one call enqueues again."""

    def launch(self, stream: Stream) -> None:
        """Enqueue the captured work."""
        ...

    def close(self) -> None:
        """Free the graph; no launch of it is under way."""
        ...


class Device(Protocol):
    """A GPU that threads share. Everything but `current` and `name` is used with the device current.

    Every method raises BackendError if the device is lost or out of memory. To allocate and to free memory
    may stop the whole device, so this is done before the first frame and after the last.

    Attributes:
        name: the product's name.
    """

    name: str

    def current(self) -> AbstractContextManager[None]:
        """Make the device current on this thread inside a `with`; each thread must do so itself."""
        ...

    def stream(self) -> Stream:
        """Return a new stream that does not wait for any other."""
        ...

    def event(self) -> Event:
        """Return a new event."""
        ...

    def empty(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> DeviceArray:
        """Allocate uninitialised memory on the device."""
        ...

    def pinned(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> HostArray:
        """Allocate zeroed, pinned host memory: copies from and to it do not block the caller.

        Args:
            shape: at least one side; see `pinned_shape`.
            dtype: the dtype of its elements.
        """
        ...

    def upload(self, source: HostArray, target: DeviceArray, stream: Stream) -> None:
        """Enqueue a copy from pinned memory, which must not change until the copy is done.

        Both have the same number of bytes; this and `download` do not look at shapes.
        """
        ...

    def download(self, source: DeviceArray, target: HostArray, stream: Stream) -> None:
        """Enqueue a copy to pinned memory, which must not be read until the copy is done."""
        ...

    def copy(self, source: DeviceArray, target: DeviceArray, stream: Stream) -> None:
        """Enqueue a copy on the device."""
        ...

    def capture(self, work: Callable[[], None], stream: Stream) -> Graph:
        """Call `work`, which enqueues on `stream`; return its work as a graph, without running it."""
        ...

    def memory(self) -> tuple[int, int]:
        """Return the free bytes and all bytes of the device's memory."""
        ...

    def free(self, *made: DeviceArray | HostArray | Stream | Event) -> None:
        """Free arrays, streams and events of this device; all work that was enqueued with them is done."""
        ...
