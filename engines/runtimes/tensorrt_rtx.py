"""Load engines that `neteyes build` built, and run them with TensorRT for RTX on a GeForce or RTX card."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import tensorrt_rtx_bindings as trt

from engines.errors import BackendError
from engines.gpu.device import Stream
from engines.gpu.nvidia import Gpu, find_gpu
from engines.runtimes.kernel_cache import KernelCache, kernels_path
from engines.runtimes.rtx_files import RtxOrigin, describe, engine_path, fits, load_engine
from engines.runtimes.tensorrt_engine import Library, TensorRTEngine

LIBRARY = Library(trt, "tensorrt-rtx", "TensorRT for RTX")

log = logging.getLogger(__name__)


class RtxEngine(TensorRTEngine):
    """An engine that keeps the kernels it compiled; implements `engines.engine.Engine`.

    Attributes:
        capturable: whether the library says that its calls can be captured in a CUDA graph.
    """

    def __init__(self, content: bytes, stream: Stream, gpu: Gpu) -> None:
        errors = LIBRARY.log()
        engine = LIBRARY.load(content, errors)
        config = engine.create_runtime_config()
        config.cuda_graph_strategy = trt.CudaGraphStrategy.DISABLED  # ours holds the graphs of all runtimes
        cache = config.create_runtime_cache()
        self._kernels = KernelCache(cache, kernels_path(content, gpu, version()))
        if not config.set_runtime_cache(cache):
            raise BackendError(f"TensorRT for RTX takes no cache of kernels: {errors.errors.take()}.")
        began = time.monotonic()
        if self._kernels.is_new:
            log.warning("TensorRT for RTX compiles a net for %s, once; this takes seconds.", gpu.name)
        context = engine.create_execution_context(config)
        super().__init__(LIBRARY, engine, context, stream, errors, gpu.name)
        if self._kernels.is_new:
            log.info("Compiled in %.1f s.", time.monotonic() - began)
            self._kernels.save()  # a run that is killed later has them all the same
        self.capturable = bool(context.is_stream_capturable(stream.handle))

    def close(self) -> None:
        """Keep the kernels, and free the context and the weights; the stream has finished the last call."""
        self._kernels.save()
        super().close()


def version() -> str:
    """Return the version of TensorRT for RTX."""
    return str(trt.__version__)


def open_graph(
    path: Path, threads: int | None, precision: str, stream: Stream, engines: Path | None = None
) -> RtxEngine:
    """Load the engine that was built from a graph; `threads` is for CPUs and has no effect here.

    Args:
        path: the ONNX file.
        threads: has no effect.
        precision: the precision on its card.
        stream: the stream to run on.
        engines: a folder with engines that the user named; None takes the one that was built here.

    Raises:
        BackendError: there is no GPU, or no engine that fits here; the message gives the command to build it.
    """
    gpu = find_gpu()
    try:
        content, origin = load_engine(path, engine_path(path, engines), precision, version())
        check_capability(origin, gpu)
    except BackendError as error:
        raise BackendError(f"{error} Build it with: {LIBRARY.build_command(path)}") from None
    return engine_from_bytes(content, stream, gpu)


def engine_from_bytes(content: bytes, stream: Stream, gpu: Gpu) -> RtxEngine:
    """Open an engine, which is executable code: give only a new one or one from `load_engine`.

    Raises:
        BackendError: TensorRT for RTX does not start, or refuses the engine.
    """
    return RtxEngine(content, stream, gpu)


def check_capability(origin: RtxOrigin, gpu: Gpu) -> None:
    """Check that an engine is for a GPU.

    Raises:
        BackendError: it is for others.
    """
    if not fits(origin.capabilities, gpu.capability):
        raise BackendError(
            f"The engine was built for {describe(origin.capabilities)}; {gpu.name} has {gpu.capability}: it "
            "wants --for here."
        )
