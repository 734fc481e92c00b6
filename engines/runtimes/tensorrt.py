"""Load the plans that `neteyes build` built, and run them with TensorRT on the caller's stream."""

from __future__ import annotations

import shlex
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorrt as trt

from engines.bundle import find_bundle, typed
from engines.engine import Array, TensorSpec, check_arrays
from engines.errors import BackendError, BundleError
from engines.gpu.device import Stream
from engines.gpu.nvidia import find_gpu
from engines.runtimes.plan_cache import load_plan, origin_of

OLDEST = 10
"""The first major version that can take a network's dtypes from its graph (strongly typed networks)."""


class Log(trt.ILogger):  # type: ignore[misc]  # tensorrt has no types
    """A log that keeps TensorRT's latest five errors; some come from TensorRT's own threads."""

    def __init__(self) -> None:
        trt.ILogger.__init__(self)
        self._errors: deque[str] = deque(maxlen=5)

    def log(self, severity: trt.ILogger.Severity, msg: str) -> None:
        """Keep an error; drop warnings and other messages."""
        if severity in (trt.ILogger.Severity.ERROR, trt.ILogger.Severity.INTERNAL_ERROR):
            self._errors.append(" ".join(msg.split()))

    def take(self) -> str:
        """Return the errors since the last call, as one line, and forget them."""
        errors = [self._errors.popleft() for _ in range(len(self._errors))]
        return " / ".join(errors) or "it does not say why"


class TrtEngine:
    """A plan with one execution context; implements `engines.engine.Engine` for arrays on the GPU.

    Attributes:
        capturable: True: its calls can be captured in a CUDA graph.
    """

    capturable = True

    def __init__(self, engine: trt.ICudaEngine, stream: Stream, log: Log, gpu: str) -> None:
        self.backend = f"tensorrt {trt.__version__} ({gpu})"
        self._stream, self._log = stream, log
        names = [engine.get_tensor_name(index) for index in range(engine.num_io_tensors)]
        self.inputs, self.outputs = (
            tuple(_spec(engine, name) for name in names if engine.get_tensor_mode(name) == mode)
            for mode in (trt.TensorIOMode.INPUT, trt.TensorIOMode.OUTPUT)
        )
        self._bound: dict[str, int] = {}
        self._context = engine.create_execution_context()
        if self._context is None:
            raise BackendError(
                f"TensorRT has no memory to run in: {log.take()}. Close what else uses the GPU."
            )

    def __call__(self, inputs: Mapping[str, Array], outputs: Mapping[str, Array]) -> None:
        """Enqueue the graph on the stream that it was opened with, without waiting.

        TensorRT gets an address only when it changes, so a captured CUDA graph stays valid as long as the
        same arrays are given.

        Raises:
            BackendError: an array does not fit the graph, or TensorRT failed.
        """
        for specs, arrays in ((self.inputs, inputs), (self.outputs, outputs)):
            for name, address in check_arrays(specs, arrays, "device").items():
                self._bind(name, address)
        if not self._context.execute_async_v3(self._stream.handle):
            raise BackendError(f"TensorRT failed while running: {self._log.take()}.")

    def close(self) -> None:
        """Free the context and the weights; the stream must have finished the last call."""
        del self._context

    def _bind(self, name: str, address: int) -> None:
        if self._bound.get(name) == address:
            return
        if not self._context.set_tensor_address(name, address):
            raise BackendError(f"TensorRT refuses the memory of '{name}': {self._log.take()}.")
        self._bound[name] = address


def version() -> str:
    """Return the version of TensorRT.

    Raises:
        BackendError: this TensorRT is too old.
    """
    found = str(trt.__version__)
    if int(found.partition(".")[0]) < OLDEST:
        raise BackendError(f"TensorRT {found} is too old. Get a newer one with: pip install -U tensorrt")
    return found


def open_graph(path: Path, threads: int | None, precision: str, stream: Stream) -> TrtEngine:
    """Load the plan that was built from a graph; `threads` is for CPUs and has no effect here.

    Raises:
        BackendError: there is no GPU, or no plan that fits here; the message gives the command to build it.
    """
    wanted = origin_of(path, precision, version(), find_gpu())
    try:
        plan = load_plan(path, wanted)
    except BackendError as error:
        raise BackendError(f"{error} Build it with: {build_command(path)}") from None
    return engine_from_plan(plan, stream, wanted.gpu)


def engine_from_plan(plan: bytes, stream: Stream, gpu: str) -> TrtEngine:
    """Open a plan as an engine. A plan is executable code: give only a new one or one from `load_plan`.

    Raises:
        BackendError: TensorRT does not start, or refuses the plan.
    """
    log = Log()
    engine = start(trt.Runtime, log).deserialize_cuda_engine(plan)
    if engine is None:
        raise BackendError(f"TensorRT refuses the plan: {log.take()}. Build it again, with --rebuild.")
    return TrtEngine(engine, stream, log, gpu)


def start(factory: Callable[[Log], Any], log: Log) -> Any:
    """Make a `trt.Builder` or a `trt.Runtime`.

    Raises:
        BackendError: TensorRT does not start, for example because there is no GPU.
    """
    try:
        return factory(log)
    except TypeError as error:  # the binding raises it if the library gives no object
        raise BackendError(
            f"TensorRT does not start: {log.take()}. See what `nvidia-smi` and `neteyes doctor` say."
        ) from error


def build_command(graph: Path) -> str:
    """Return the command that builds the bundle that a graph lies in."""
    folder = graph.parent
    try:
        known = find_bundle(folder.name).samefile(folder)
    except (BundleError, OSError):
        known = False
    return f"neteyes build --backend tensorrt --bundle {shlex.quote(folder.name if known else typed(folder))}"


def _spec(engine: trt.ICudaEngine, name: str) -> TensorSpec:
    dtypes = {trt.DataType.UINT8: np.uint8, trt.DataType.FLOAT: np.float32, trt.DataType.INT32: np.int32}
    shape, kind = tuple(engine.get_tensor_shape(name)), engine.get_tensor_dtype(name)
    where = engine.get_tensor_location(name)
    if kind not in dtypes or min(shape, default=0) < 0 or where != trt.TensorLocation.DEVICE:
        raise BackendError(
            f"'{name}' is {kind} {shape} in {where}; graphs of neteyes have static shapes and uint8, float32 "
            "or int32 ends on the GPU. Export it again with `neteyes export`."
        )
    return TensorSpec(name, shape, np.dtype(dtypes[kind]))
