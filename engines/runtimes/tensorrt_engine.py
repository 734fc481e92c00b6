"""Run engines of TensorRT or TensorRT for RTX on the caller's stream: all that the two libraries share.

NVIDIA's two libraries have the same names. So each function here takes the library to work with, and only
`tensorrt` and `tensorrt_rtx` beside this file import one.
"""

from __future__ import annotations

import shlex
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engines.bundle import find_bundle, typed
from engines.engine import Array, TensorSpec, check_arrays
from engines.errors import BackendError, BundleError
from engines.gpu.device import Stream


class Errors:
    """The latest five errors that a library reported; some come from threads of its own."""

    def __init__(self) -> None:
        self._errors: deque[str] = deque(maxlen=5)

    def add(self, message: str) -> None:
        """Keep an error, as one line."""
        self._errors.append(" ".join(message.split()))

    def take(self) -> str:
        """Return the errors since the last call, as one line, and forget them."""
        errors = [self._errors.popleft() for _ in range(len(self._errors))]
        return " / ".join(errors) or "it does not say why"


@dataclass(frozen=True, slots=True)
class Library:
    """One of NVIDIA's two libraries.

    Attributes:
        trt: its Python binding.
        backend: the runtime's name in `--backend`.
        words: its name in messages.
    """

    trt: Any
    backend: str
    words: str

    def log(self) -> Any:
        """Return a new log for the library, whose `errors` keeps its errors; other messages are dropped."""
        trt = self.trt

        class Log(trt.ILogger):  # type: ignore[name-defined,misc]  # no types
            def __init__(self) -> None:
                trt.ILogger.__init__(self)
                self.errors = Errors()

            def log(self, severity: Any, msg: str) -> None:
                if severity in (trt.ILogger.Severity.ERROR, trt.ILogger.Severity.INTERNAL_ERROR):
                    self.errors.add(msg)

        return Log()

    def start(self, factory: Callable[[Any], Any], log: Any) -> Any:
        """Make a `Builder` or a `Runtime` of the library.

        Raises:
            BackendError: the library does not start, for example because there is no GPU.
        """
        try:
            return factory(log)
        except TypeError as error:  # the binding raises it if the library gives no object
            raise BackendError(
                f"{self.words} does not start: {log.errors.take()}. See what `nvidia-smi` and "
                "`neteyes doctor` say."
            ) from error

    def load(self, content: bytes, log: Any) -> Any:
        """Load the bytes of an engine, which are executable code: give only what may run here.

        Raises:
            BackendError: the library does not start, or refuses the bytes.
        """
        engine = self.start(self.trt.Runtime, log).deserialize_cuda_engine(content)
        if engine is None:
            raise BackendError(
                f"{self.words} refuses the engine: {log.errors.take()}. Build it again, with --rebuild."
            )
        return engine

    def build_command(self, graph: Path) -> str:
        """Return the command that builds the bundle that a graph lies in."""
        folder = graph.parent
        try:
            known = find_bundle(folder.name).samefile(folder)
        except (BundleError, OSError):
            known = False
        name = folder.name if known else typed(folder)
        return f"neteyes build --backend {self.backend} --bundle {shlex.quote(name)}"


class TensorRTEngine:
    """An engine with one execution context; implements `engines.engine.Engine` for arrays on the GPU.

    Args:
        library: the library of the engine.
        engine: its `ICudaEngine`.
        context: an execution context of it; None if the library could not make one.
        stream: the stream to run on.
        log: the log that the engine was loaded with.
        gpu: the GPU's name.

    Attributes:
        capturable: True: its calls can be captured in a CUDA graph.

    Raises:
        BackendError: there is no context, or an end of the graph has a type that neteyes does not use.
    """

    capturable = True

    def __init__(
        self, library: Library, engine: Any, context: Any, stream: Stream, log: Any, gpu: str
    ) -> None:
        trt = library.trt
        self.backend = f"{library.backend} {trt.__version__} ({gpu})"
        self._words, self._stream, self._log = library.words, stream, log
        names = [engine.get_tensor_name(index) for index in range(engine.num_io_tensors)]
        self.inputs, self.outputs = (
            tuple(_spec(trt, engine, name) for name in names if engine.get_tensor_mode(name) == mode)
            for mode in (trt.TensorIOMode.INPUT, trt.TensorIOMode.OUTPUT)
        )
        self._bound: dict[str, int] = {}
        if context is None:
            raise BackendError(
                f"{self._words} has no memory to run in: {log.errors.take()}. Close what else uses the GPU."
            )
        self._context = context

    def __call__(self, inputs: Mapping[str, Array], outputs: Mapping[str, Array]) -> None:
        """Enqueue the graph on the stream that it was opened with, without waiting.

        The library gets an address only when it changes, so a captured CUDA graph stays valid as long as the
        same arrays are given.

        Raises:
            BackendError: an array does not fit the graph, or the library failed.
        """
        for specs, arrays in ((self.inputs, inputs), (self.outputs, outputs)):
            for name, address in check_arrays(specs, arrays, "device").items():
                self._bind(name, address)
        if not self._context.execute_async_v3(self._stream.handle):
            raise BackendError(f"{self._words} failed while running: {self._log.errors.take()}.")

    def close(self) -> None:
        """Free the context and the weights; the stream must have finished the last call."""
        del self._context

    def _bind(self, name: str, address: int) -> None:
        if self._bound.get(name) == address:
            return
        if not self._context.set_tensor_address(name, address):
            raise BackendError(f"{self._words} refuses the memory of '{name}': {self._log.errors.take()}.")
        self._bound[name] = address


def _spec(trt: Any, engine: Any, name: str) -> TensorSpec:
    dtypes = {trt.DataType.UINT8: np.uint8, trt.DataType.FLOAT: np.float32, trt.DataType.INT32: np.int32}
    shape, kind = tuple(engine.get_tensor_shape(name)), engine.get_tensor_dtype(name)
    where = engine.get_tensor_location(name)
    if kind not in dtypes or min(shape, default=0) < 0 or where != trt.TensorLocation.DEVICE:
        raise BackendError(
            f"'{name}' is {kind} {shape} in {where}; graphs of neteyes have static shapes and uint8, float32 "
            "or int32 ends on the GPU. Export it again with `neteyes export`."
        )
    return TensorSpec(name, shape, np.dtype(dtypes[kind]))
