"""Load the plans that `neteyes build` built for this machine's GPU, and run them with TensorRT."""

from __future__ import annotations

from pathlib import Path

import tensorrt as trt

from engines.errors import BackendError
from engines.gpu.device import Stream
from engines.gpu.nvidia import find_gpu
from engines.runtimes.plan_cache import load_plan, origin_of
from engines.runtimes.tensorrt_engine import Library, TensorRTEngine

OLDEST = 10
"""The first major version that can take a network's dtypes from its graph (strongly typed networks)."""

LIBRARY = Library(trt, "tensorrt", "TensorRT")


def version() -> str:
    """Return the version of TensorRT.

    Raises:
        BackendError: this TensorRT is too old.
    """
    found = str(trt.__version__)
    if int(found.partition(".")[0]) < OLDEST:
        raise BackendError(f"TensorRT {found} is too old. Get a newer one with: pip install -U tensorrt")
    return found


def open_graph(path: Path, threads: int | None, precision: str, stream: Stream) -> TensorRTEngine:
    """Load the plan that was built from a graph; `threads` is for CPUs and has no effect here.

    Raises:
        BackendError: there is no GPU, or no plan that fits here; the message gives the command to build it.
    """
    wanted = origin_of(path, precision, version(), find_gpu())
    try:
        plan = load_plan(path, wanted)
    except BackendError as error:
        raise BackendError(f"{error} Build it with: {LIBRARY.build_command(path)}") from None
    return engine_from_plan(plan, stream, wanted.gpu)


def engine_from_plan(plan: bytes, stream: Stream, gpu: str) -> TensorRTEngine:
    """Open a plan as an engine. A plan is executable code: give only a new one or one from `load_plan`.

    Raises:
        BackendError: TensorRT does not start, or refuses the plan.
    """
    log = LIBRARY.log()
    engine = LIBRARY.load(plan, log)
    return TensorRTEngine(LIBRARY, engine, engine.create_execution_context(), stream, log, gpu)
