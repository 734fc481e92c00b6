"""An engine whose calls are captured once and then enqueued whole: one call of the driver a frame."""

from __future__ import annotations

from collections.abc import Mapping

from engines.engine import Array, Engine, check_arrays
from engines.gpu.device import Device, Graph, Stream


class Replay:
    """An engine behind CUDA graphs, one for each set of arrays; implements `engines.engine.Engine`.

    A graph keeps the addresses it was captured with. The loop's slots come round and round, so there are as
    many graphs as slots. The first call with a set of arrays runs the engine, for runtimes set themselves up
    then; the second captures it; the others only launch.
    """

    def __init__(self, engine: Engine, device: Device, stream: Stream) -> None:
        self._engine, self._device, self._stream = engine, device, stream
        self._graphs: dict[tuple[int, ...], Graph | None] = {}
        self.backend = engine.backend
        self.inputs, self.outputs = engine.inputs, engine.outputs

    def __call__(self, inputs: Mapping[str, Array], outputs: Mapping[str, Array]) -> None:
        """Enqueue the graph on the stream that the engine was opened with."""
        where = check_arrays(self.inputs, inputs, "device") | check_arrays(self.outputs, outputs, "device")
        key = tuple(where.values())
        if key not in self._graphs:
            self._engine(inputs, outputs)
            self._graphs[key] = None
            return
        graph = self._graphs[key]
        if graph is None:
            graph = self._device.capture(lambda: self._engine(inputs, outputs), self._stream)
            self._graphs[key] = graph
        graph.launch(self._stream)

    def close(self) -> None:
        """Free the graphs and the engine; the stream is past the last call."""
        for graph in self._graphs.values():
            if graph:
                graph.close()
        self._engine.close()


def replayed(engine: Engine, device: Device, stream: Stream) -> Engine:
    """Return the engine behind CUDA graphs, if its calls can be captured; else as it is."""
    return Replay(engine, device, stream) if getattr(engine, "capturable", False) else engine
