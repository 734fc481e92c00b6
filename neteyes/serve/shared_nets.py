"""Share the nets of a bundle among several loops, which take turns."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from engines.bundle import NETS, Bundle, Net
from engines.engine import Array, Engine
from neteyes.serve.pacing import PacedShare, Pacing
from neteyes.serve.thread_priority import give_way
from stream.controls import Controls
from stream.fit import FitMode, Size
from stream.loop.permits import Permits, PermitShare
from stream.nets.cpu import threads_each
from stream.nets.open import Route, choose_runtime, open_route
from stream.nets.palette.palette import LivePalette


class SharedNets:
    """Open the engines of a bundle once for all loops, on the processor; on a GPU each loop has its own.

    All loops together have as many frames in flight as one would have alone, and take turns. The memory of
    the segmenter belongs to each loop's own stage.

    Args:
        bundle: the nets.
        backend: the runtime, as for `open_route`.
        threads: of each net; by default both share the cores evenly.

    Attributes:
        bundle: the nets.
        choice: the runtime that was chosen.

    Raises:
        UsageError: no such backend.
        BackendError: a runtime that was asked for by name cannot be had.
    """

    def __init__(self, bundle: Bundle, *, backend: str = "auto", threads: int | None = None) -> None:
        self.bundle, self._threads = bundle, threads
        self.choice = choose_runtime(bundle, backend)
        self._permits: Permits | None = None
        self._pacing = Pacing()
        self._lock = threading.Lock()
        self._opening: dict[tuple[Net, str], threading.Lock] = {}
        self._engines: dict[tuple[Net, str], Engine] = {}
        self._running: Mapping[Net, threading.Lock] = {
            "segment": threading.Lock(),
            "synthesize": threading.Lock(),
        }

    def route(
        self,
        controls: Controls,
        *,
        fit: FitMode = "crop",
        expected: Size | None = None,
        palette: LivePalette | None = None,
    ) -> tuple[Route, PermitShare]:
        """Return the stages of one loop and its permits; arguments as for `open_route`."""
        route = open_route(
            self.bundle,
            controls,
            threads=self._threads,
            fit=fit,
            expected=expected,
            choice=self.choice,
            open_net=self._open,
            palette=palette,
        )
        with self._lock:
            self._permits = self._permits or Permits(route.permits)
        return route, PacedShare(self._permits, self._pacing)

    def open_all(self) -> None:
        """Open the engines of all sizes on the processor: then upright cameras need not wait for theirs."""
        if not self.choice.on_device:
            for sized in self.bundle.each_size():
                for net in NETS:
                    self._open(sized, net, self.choice.backend, threads_each(self._threads))

    def close(self) -> None:
        """Free the engines, after all loops have ended."""
        while self._engines:
            self._engines.popitem()[1].close()

    def _open(self, bundle: Bundle, net: Net, backend: str, threads: int) -> Engine:
        named = net, str(getattr(bundle, net))
        with self._lock:
            opening = self._opening.setdefault(named, threading.Lock())
        with opening:  # one at a time; engines that are open already are given meanwhile
            if named not in self._engines:
                self._engines[named] = bundle.open(net, backend, threads=threads)
            return _SharedEngine(net, self._engines[named], self._running[net], self._pacing)


class _SharedEngine:
    """An engine of which several loops have a part; implements `engines.engine.Engine`.

    Args:
        net: which net it is.
        engine: the engine.
        running: held while a net runs, at whatever size: two calls at once would only share the cores.
        pacing: is told when a call begins and ends.
    """

    def __init__(self, net: Net, engine: Engine, running: threading.Lock, pacing: Pacing) -> None:
        self._net, self._engine, self._running, self._pacing = net, engine, running, pacing
        self.backend, self.inputs, self.outputs = engine.backend, engine.inputs, engine.outputs

    def __call__(self, inputs: Mapping[str, Array], outputs: Mapping[str, Array]) -> None:
        """Run the graph, after the call of another loop if there is one."""
        give_way()
        with self._running:
            began = self._pacing.began(self._net)
            try:
                self._engine(inputs, outputs)
            finally:
                self._pacing.ended(self._net, began)

    def close(self) -> None:
        """Do nothing: others go on with the engine, and `SharedNets` closes it."""
