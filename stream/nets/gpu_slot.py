"""Hold the memory of one frame on a device; it is allocated once and reused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engines.engine import TensorSpec
from engines.gpu.device import Device, DeviceArray, Event, HostArray, Stream, pinned_shape
from engines.labels import SwapTable

STEPS = ("upload", "segment", "synthesize", "download")
"""The steps of a frame on a device, each on a stream of its own."""


@dataclass(slots=True, eq=False)
class Slot:
    """Hold all arrays of one frame in flight; free again when the frame is back on the host.

    Attributes:
        arrays: on the device, by name: frame, labels, swap, picture, and what a steady segmenter takes
            besides: dt, steadiness. Each has its `ready` event.
        pinned: the same on the host, where copies come from and go to.
        began: for each of `STEPS`, recorded when its stream comes to this frame.
        landed: recorded when everything is back on the host.
        swap: the table that this frame is painted with.
    """

    arrays: Mapping[str, DeviceArray]
    pinned: Mapping[str, HostArray]
    began: Mapping[str, Event]
    landed: Event
    swap: SwapTable | None = None

    def ended(self, step: str) -> Event:
        """Return the event recorded when a step is done with this frame."""
        last = {"upload": "frame", "segment": "labels", "synthesize": "picture"}
        return self.arrays[last[step]].ready if step in last else self.landed

    def tell(self, name: str, value: float) -> None:
        """Write a number into the pinned memory of an input, if the nets have an input of that name."""
        if name in self.pinned:
            self.pinned[name][...] = value


class Arena:
    """Allocate memory, streams and events on a device, and free all of them at once.

    Every method raises BackendError if the device is out of memory; what was made before is not lost.
    """

    def __init__(self, device: Device) -> None:
        self._device = device
        self._made: list[DeviceArray | HostArray | Stream | Event] = []

    def array(self, spec: TensorSpec) -> DeviceArray:
        """Return uninitialised memory on the device."""
        self._made.append(array := self._device.empty(spec.shape, spec.dtype))
        return array

    def pinned(self, spec: TensorSpec) -> HostArray:
        """Return zeroed pinned memory; for one number, an array of one."""
        self._made.append(array := self._device.pinned(pinned_shape(spec.shape), spec.dtype))
        return array

    def stream(self) -> Stream:
        """Return a new stream."""
        self._made.append(stream := self._device.stream())
        return stream

    def event(self) -> Event:
        """Return a new event."""
        self._made.append(event := self._device.event())
        return event

    def slot(self, specs: Mapping[str, TensorSpec]) -> Slot:
        """Return a slot for the given arrays; its pinned side is zero."""
        return Slot(
            {name: self.array(spec) for name, spec in specs.items()},
            {name: self.pinned(spec) for name, spec in specs.items()},
            {step: self.event() for step in STEPS},
            self.event(),
        )

    def free(self) -> None:
        """Free everything; the device must have finished all work on it."""
        self._device.free(*self._made)
        self._made.clear()
