"""What runs on `engines.fake_device`: runtimes of the processor inside its streams, and captured work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from engines import device as seam
from engines.device import DeviceArray, HostArray
from engines.engine import Array, Engine, check_arrays
from engines.fake_stream import Stream, Work

if TYPE_CHECKING:
    from engines.fake_device import FakeDevice


class FakeGraph:
    """Work that was captured; implements `engines.device.Graph`."""

    def __init__(self, device: FakeDevice, works: list[Work]) -> None:
        self._device, self._works = device, works

    def launch(self, stream: seam.Stream) -> None:
        """Enqueue it again."""
        assert isinstance(stream, Stream)
        for work in self._works:
            self._device.enqueue(work, stream)

    def close(self) -> None:
        """Forget it."""
        self._works = []


class FakeEngine:
    """A runtime of the processor inside a stream; implements `engines.engine.Engine`."""

    capturable = True

    def __init__(self, device: FakeDevice, inner: Engine, stream: Stream) -> None:
        self._device, self._inner, self._stream = device, inner, stream
        self.backend = inner.backend
        self.inputs, self.outputs = inner.inputs, inner.outputs

    def __call__(self, inputs: Mapping[str, Array], outputs: Mapping[str, Array]) -> None:
        """Enqueue the graph."""
        reads = check_arrays(self.inputs, inputs, "device")
        writes = check_arrays(self.outputs, outputs, "device")
        taken, given = ({name: self._data(one) for name, one in ends.items()} for ends in (inputs, outputs))
        run = Work("engine", lambda: self._inner(taken, given), tuple(reads.values()), tuple(writes.values()))
        self._device.enqueue(run, self._stream)

    def close(self) -> None:
        """Free the runtime."""
        self._inner.close()

    def _data(self, array: Array) -> HostArray:
        assert isinstance(array, DeviceArray)
        return self._device.data(array)
