"""Read a graph into a network of TensorRT or of TensorRT for RTX, and report how far a build has come."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from engines.errors import BackendError
from engines.runtimes.tensorrt_engine import Library

Progress = Callable[[str, int, int], bool]
"""A function that gets a phase, its finished steps and all its steps, and returns whether to go on.
The library may call it from its own threads."""


def parse_graph(library: Library, graph: Path, network: Any, log: Any) -> Any:
    """Read a graph into a network, and return the parser, which holds the weights until the build is done.

    Raises:
        BackendError: the library cannot read the graph; the message names each operator that it refuses.
    """
    parser = library.trt.OnnxParser(network, log)
    if parser.parse_from_file(str(graph)):
        return parser
    faults = []
    for index in range(parser.num_errors):
        error = parser.get_error(index)
        where = f"{error.node_operator()} '{error.node_name()}': " if error.node_operator() else ""
        faults.append(f"\n  {where}{_reason(error.desc())}")
    raise BackendError(
        f"{library.words} cannot read {graph}:{''.join(faults) or ' ' + log.errors.take()}\n"
        "If an older neteyes exported it, export it again."
    )


def monitor_of(library: Library, progress: Progress) -> Any:
    """Return a monitor for a build that reports nested phases to a function, which can stop the build.

    Its `error` is the exception that the function raised, which also stops the build. It is kept there,
    because an exception that leaves a callback of the library ends the process.
    """
    trt = library.trt

    class ProgressMonitor(trt.IProgressMonitor):  # type: ignore[name-defined,misc]  # no types
        def __init__(self) -> None:
            trt.IProgressMonitor.__init__(self)
            self.error: BaseException | None = None
            self._steps: dict[str, int] = {}

        def phase_start(self, phase_name: str, parent_phase: str | None, num_steps: int) -> None:
            """Note the number of steps of a phase."""
            self._steps[phase_name] = num_steps
            self._tell(phase_name, 0)

        def step_complete(self, phase_name: str, step: int) -> bool:
            """Report a finished step, and return whether to go on."""
            return self._tell(phase_name, step + 1)

        def phase_finish(self, phase_name: str) -> None:
            """Report all steps of a phase as finished: the library may skip some."""
            self._tell(phase_name, self._steps.get(phase_name, 0))

        def _tell(self, phase: str, done: int) -> bool:
            try:
                return self.error is None and progress(phase, done, self._steps.get(phase, done))
            except BaseException as error:
                self.error = error
                return False

    return ProgressMonitor()


def build_engine(
    library: Library,
    graph: Path,
    builder: Any,
    network: Any,
    config: Any,
    log: Any,
    progress: Progress | None = None,
) -> bytes:
    """Build a network that was read from `graph`, and return the engine's bytes.

    Raises:
        BackendError: the library built nothing.
    """
    monitor = config.progress_monitor = monitor_of(library, progress or (lambda *_: True))
    engine = builder.build_serialized_network(network, config)
    if monitor.error:
        raise monitor.error
    if engine is None:
        raise BackendError(f"{library.words} built nothing from {graph}: {log.errors.take()}.")
    return bytes(engine)


def _reason(description: str) -> str:
    """Return the first line of the parser's description, which is the word `false` for unknown operators."""
    first = description.strip().partition("\n")[0]
    return "there is no such operator in it" if first in ("", "false") else first
