"""List the runtimes that open graphs as engines, what each needs, and the order in which they are tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any

from engines.engine import Engine, Place
from engines.errors import BackendError, UsageError
from engines.gpu.device import Device, Stream


@dataclass(frozen=True, slots=True)
class Backend:
    """A runtime that opens graphs, known by name before it is imported.

    Attributes:
        name: its name in `--backend`.
        module: the module with `version()` and `open_graph(path, threads, precision) -> Engine`, with a
            stream as the fourth argument on a device; only this module imports the runtime.
        package: the package that pip installs for it.
        places: the places where it computes.
        explicit_only: whether `auto` passes over it. It is True for a runtime that opens code: the bundle of
            a stranger must not run code unless the user asks for it.
        carried: whether its engines may lie in a folder that the user names; `open_graph` then takes the
            folder as a last argument.
    """

    name: str
    module: str
    package: str
    places: tuple[Place, ...] = ("host",)
    explicit_only: bool = False
    carried: bool = False


BACKENDS = (
    Backend("openvino", "engines.runtimes.openvino", "openvino"),
    Backend("onnxruntime", "engines.runtimes.onnxruntime", "neteyes[cpu]"),
)
"""The runtimes for the processor, which run any graph, in the order in which `auto` tries them: the quickest
first, as `neteyes bench` measures on the shipped graphs."""

DEVICE_BACKENDS = (
    Backend("tensorrt", "engines.runtimes.tensorrt", "neteyes[gpu]", ("device",)),
    Backend("tensorrt-rtx", "engines.runtimes.tensorrt_rtx", "neteyes[rtx]", ("device",), carried=True),
    Backend(
        "torch", "engines.runtimes.torch_export", "neteyes[export]", ("device", "host"), explicit_only=True
    ),
    Backend("cuda", "engines.runtimes.onnxruntime_cuda", "neteyes[gpu]", ("device",)),
)
"""The runtimes for a GPU, in the same order; torch runs on a processor too, but only exported programs."""


def open_engine(
    graph: Path,
    backend: str = "auto",
    *,
    threads: int | None = None,
    precision: str = "fp32",
    stream: Stream | None = None,
    variants: Mapping[str, Path] = MappingProxyType({}),
    engines: Path | None = None,
) -> Engine:
    """Open a graph as an engine of a runtime; `auto` takes the first runtime that really opens it.

    Args:
        graph: the ONNX file.
        backend: `auto`, or a name in `BACKENDS` or `DEVICE_BACKENDS`.
        threads: the number of threads that a CPU runtime may use; None leaves it to the runtime.
        precision: `fp32`, or a precision that the runtime may use where the hardware has it: `bf16`, `fp16`.
        stream: a stream of the device to compute on, which is current on this thread; None computes on the
            processor.
        variants: backend name → the file that this backend opens instead of `graph`.
        engines: a folder of engines built elsewhere, which are code: one that the user named. None takes only
            what was built here.

    Raises:
        UsageError: no such backend, or one that takes no `engines`.
        BackendError: the chosen runtime is missing, does not compute at this place or refuses the graph; for
            `auto`, the reason of every runtime.
    """
    place: Place = "device" if stream else "host"
    if backend != "auto":
        if engines and not backend_of(backend).carried:
            raise UsageError(f"--engines is for tensorrt-rtx; {backend} takes no engines of a folder.")
        written = variants.get(backend, graph)
        return _open(backend_of(backend), place, written, threads, precision, stream, engines)
    reasons = []
    for candidate in automatic(place):
        try:
            written = variants.get(candidate.name, graph)
            return _open(candidate, place, written, threads, precision, stream, engines)
        except BackendError as error:
            reasons.append(f"\n  {candidate.name}: {error}")
    raise BackendError(f"No runtime could open {graph}:{''.join(reasons)}")


def open_device() -> Device:
    """Return this machine's first NVIDIA GPU.

    Raises:
        BackendError: there is no GPU, or a package to reach it is missing; the message says how to get it.
    """
    try:
        from engines.gpu import cuda
    except ImportError as error:
        raise BackendError(
            f"pycuda, which reaches the GPU, does not load ({error}). Get it with: pip install "
            "'neteyes[gpu]'. pip compiles it; `neteyes doctor` looks for the compiler and CUDA's headers."
        ) from error
    return cuda.open_device()


def automatic(place: Place) -> tuple[Backend, ...]:
    """Return the runtimes that `auto` tries at a place, in order."""
    known = DEVICE_BACKENDS if place == "device" else BACKENDS
    return tuple(backend for backend in known if not backend.explicit_only)


def backend_of(name: str) -> Backend:
    """Return a backend by its name.

    Raises:
        UsageError: no such backend.
    """
    known = {backend.name: backend for backend in (*BACKENDS, *DEVICE_BACKENDS)}
    if name not in known:
        raise UsageError(f"Unknown backend '{name}'. Known: auto, {', '.join(known)}.")
    return known[name]


def probe(backend: Backend) -> str:
    """Return the version of a backend's runtime.

    Raises:
        BackendError: the runtime is not installed or does not load; the message says how to get it.
    """
    version: str = _module(backend).version()
    return version


def installed_backends() -> list[str]:
    """Return the names of the runtimes that load here and run any graph on the processor.

    Raises:
        BackendError: no runtime loads; the message gives the reason of each.
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


def _open(
    backend: Backend,
    place: Place,
    graph: Path,
    threads: int | None,
    precision: str,
    stream: Stream | None,
    engines: Path | None,
) -> Engine:
    if place not in backend.places:
        where = {"host": "the processor", "device": "a GPU"}
        raise BackendError(f"{backend.name} computes on {where[backend.places[0]]}, not on {where[place]}.")
    where_to: tuple[Any, ...] = () if stream is None else (stream,)
    if backend.carried:
        where_to += (engines,)
    engine: Engine = _module(backend).open_graph(graph, threads, precision, *where_to)
    return engine


def _module(backend: Backend) -> Any:
    try:
        return import_module(backend.module)
    except ImportError as error:
        raise BackendError(
            f"{backend.name} is not installed ({error}). Get it with: pip install '{backend.package}'"
        ) from error
