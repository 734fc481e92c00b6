"""Share the engines of a bundle among several loops, which take turns."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from engines.bundle import Bundle, Net
from engines.engine import Array, Engine
from stream.controls import Controls
from stream.fit import FitMode, Size
from stream.nets.open import Route, open_route


class FairLock:
    """Let threads in one at a time, in the order in which they came.

    `threading.Lock` lets the quickest in: a loop that gives its turn back and asks again at once would keep
    the others waiting.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the turn of this thread, and give it to the next one at the end."""
        with self._guard:
            gate = threading.Lock() if self._taken else None
            if gate:
                gate.acquire()
                self._waiting.append(gate)
            self._taken = True
        if gate:
            gate.acquire()  # released by the thread before
        try:
            yield
        finally:
            with self._guard:
                if self._waiting:
                    self._waiting.popleft().release()
                else:
                    self._taken = False


class SharedNets:
    """Open the engines of a bundle once for all loops, on the processor; on a GPU each loop has its own.

    The memory of the segmenter belongs to each loop's own stage. Of each net one call runs at a time,
    whatever its size.

    Args:
        bundle: the nets.
        backend: the runtime, as for `open_route`.
        threads: of each net; by default both share the cores evenly.
    """

    def __init__(self, bundle: Bundle, *, backend: str = "auto", threads: int | None = None) -> None:
        self.bundle = bundle
        self._backend, self._threads = backend, threads
        self._turns: Mapping[Net, FairLock] = {"segment": FairLock(), "synthesize": FairLock()}
        self._opening = threading.Lock()
        self._engines: dict[tuple[Net, str], Engine] = {}

    def route(self, controls: Controls, *, fit: FitMode = "crop", expected: Size | None = None) -> Route:
        """Return the stages of one loop; arguments as for `open_route`.

        Raises:
            UsageError: no such backend.
            BackendError: a runtime that was asked for by name cannot be had.
        """
        return open_route(
            self.bundle,
            controls,
            backend=self._backend,
            threads=self._threads,
            fit=fit,
            expected=expected,
            open_net=self._open,
        )

    def close(self) -> None:
        """Free the engines, after all loops have ended."""
        while self._engines:
            self._engines.popitem()[1].close()

    def _open(self, bundle: Bundle, net: Net, backend: str, threads: int) -> Engine:
        named = net, str(getattr(bundle, net))
        with self._opening:
            if named not in self._engines:
                self._engines[named] = bundle.open(net, backend, threads=threads)
            return _EngineByTurns(self._engines[named], self._turns[net])


class _EngineByTurns:
    """An engine of which several loops have a part; implements `engines.engine.Engine`."""

    def __init__(self, engine: Engine, turns: FairLock) -> None:
        self._engine, self._turns = engine, turns
        self.backend, self.inputs, self.outputs = engine.backend, engine.inputs, engine.outputs

    def __call__(self, inputs: Mapping[str, Array], outputs: Mapping[str, Array]) -> None:
        """Run the graph as soon as it is this caller's turn."""
        with self._turns.turn():
            self._engine(inputs, outputs)

    def close(self) -> None:
        """Do nothing: others go on with the engine, and `SharedNets` closes it."""
