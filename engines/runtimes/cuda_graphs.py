"""Capture an engine's calls as CUDA graphs, and enqueue each as a whole: one call of the driver a frame."""

from __future__ import annotations

from collections.abc import Mapping

from engines.engine import Array, Engine, check_arrays
from engines.gpu.device import Device, Graph, Stream


class Replay:
    """An engine behind CUDA graphs, one for each set of arrays; implements `engines.engine.Engine`.

    A graph keeps the addresses that it was captured with. The loop uses the same slots again and again, so
    there are as many graphs as slots. The first call with a set of arrays runs the engine, because runtimes
    set themselves up at that call. The second call captures it; the others only launch the graph.
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
        """Free the graphs and the engine; the stream has finished the last call."""
        for graph in self._graphs.values():
            if graph:
                graph.close()
        self._engine.close()


def replayed(engine: Engine, device: Device, stream: Stream) -> Engine:
    """Return an engine behind CUDA graphs if its calls can be captured, else the engine itself."""
    return Replay(engine, device, stream) if getattr(engine, "capturable", False) else engine
