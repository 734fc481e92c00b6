"""An engine: one graph made ready to run by one runtime, behind one call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from engines.errors import BackendError, UsageError

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """One input or output of a graph."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def empty(self) -> Array:
        """Return uninitialised host memory for this tensor."""
        return np.empty(self.shape, self.dtype)

    def zeros(self) -> Array:
        """Return zeroed host memory for this tensor."""
        return np.zeros(self.shape, self.dtype)


class Engine(Protocol):
    """A function on memory that the caller owns.

    Attributes:
        backend: the runtime and where it computes, such as `onnxruntime (CPU)`.
        inputs: what the call wants, by name.
        outputs: what the call fills, by name.
    """

    backend: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]

    def __call__(self, inputs: Mapping[str, Array], outputs: Mapping[str, Array]) -> None:
        """Run the graph: read `inputs`, fill `outputs`; all contiguous, of the shapes and dtypes specified.

        Raises:
            BackendError: an array is missing or has another shape or dtype, or the runtime failed.
        """
        ...

    def close(self) -> None:
        """Free the runtime's memory; the engine is not used again."""
        ...


@dataclass(frozen=True, slots=True)
class Backend:
    """One way to open a graph, known by name before its runtime is imported."""

    name: str
    module: str
    """The module with `open_graph(path, threads, precision) -> Engine`; the runtime is imported inside it."""
    package: str
    """What pip installs for it."""


BACKENDS = (
    Backend("openvino", "engines.ov", "openvino"),
    Backend("onnxruntime", "engines.ort", "neteyes[cpu]"),
)
"""In the order that `auto` tries them: quickest first, as `neteyes bench` measures on the shipped graphs."""


def open_engine(
    graph: Path, backend: str = "auto", *, threads: int | None = None, precision: str = "fp32"
) -> Engine:
    """Open a graph with a runtime; `auto` takes the first that really loads.

    Args:
        graph: the ONNX file.
        backend: `auto` or a name in `BACKENDS`.
        threads: how many threads a CPU runtime may use; None leaves it to the runtime.
        precision: `fp32`, or `bf16` to let a runtime compute in it where the processor has it.

    Raises:
        UsageError: no such backend.
        BackendError: the runtime asked for is missing or refuses the graph; for `auto`, each one's reason.
    """
    if backend != "auto":
        return _backend(backend)(graph, threads, precision)
    reasons = []
    for candidate in BACKENDS:
        try:
            return _backend(candidate.name)(graph, threads, precision)
        except BackendError as error:
            reasons.append(f"\n  {candidate.name}: {error}")
    raise BackendError(f"No runtime could open {graph}:{''.join(reasons)}")


def probe(backend: Backend) -> str:
    """Return the version of a backend's runtime.

    Raises:
        BackendError: it is not installed or does not load; the message says how to get it.
    """
    version: str = _module(backend).version()
    return version


def installed_backends() -> list[str]:
    """Return the names of the backends whose runtimes load here.

    Raises:
        BackendError: none does; the message has each one's reason.
    """
    found, reasons = [], []
    for backend in BACKENDS:
        try:
            probe(backend)
            found.append(backend.name)
        except BackendError as error:
            reasons.append(f"\n  {error}")
    if not found:
        raise BackendError(f"No runtime loads here:{''.join(reasons)}")
    return found


def _backend(name: str) -> Callable[[Path, int | None, str], Engine]:
    known = {backend.name: backend for backend in BACKENDS}
    if name not in known:
        raise UsageError(f"Unknown backend '{name}'. Known: auto, {', '.join(known)}.")
    opener: Callable[[Path, int | None, str], Engine] = _module(known[name]).open_graph
    return opener


def _module(backend: Backend) -> Any:
    try:
        return import_module(backend.module)
    except ImportError as error:
        raise BackendError(
            f"{backend.name} is not installed ({error}). Get it with: pip install '{backend.package}'"
        ) from error


def check_arrays(specs: tuple[TensorSpec, ...], arrays: Mapping[str, Array]) -> None:
    """The one check in front of every runtime: that `arrays` holds what `specs` ask for.

    Raises:
        BackendError: an array is missing, or has another shape, dtype or layout.
    """
    for spec in specs:
        array = arrays.get(spec.name)
        if array is None:
            raise BackendError(f"The graph wants a tensor '{spec.name}'; got {', '.join(arrays) or 'none'}.")
        if array.shape != spec.shape or array.dtype != spec.dtype or not array.flags.c_contiguous:
            raise BackendError(
                f"'{spec.name}' must be contiguous {spec.dtype} {spec.shape}, "
                f"not {array.dtype} {array.shape}."
            )
