"""Build a TensorRT plan of a graph: for this machine's GPU, in the graph's own dtypes.

TensorRT 10 and 11 differ in one thing that matters here: see `_strongly_typed`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tensorrt as trt

from engines.errors import BackendError
from engines.gpu.device import Stream
from engines.gpu.nvidia import Gpu
from engines.runtimes.built_files import Figures, built_home, write_whole
from engines.runtimes.plan_cache import Origin, load_plan, origin_of, plan_path, save_plan
from engines.runtimes.tensorrt import LIBRARY, engine_from_plan, version
from engines.runtimes.tensorrt_engine import TensorRTEngine
from export.tensorrt_network import Progress, build_engine, parse_graph


@dataclass(frozen=True, slots=True)
class Effort:
    """The memory and time that a build may take.

    Attributes:
        workspace: bytes of the GPU's memory that one layer may use for scratch.
        level: TensorRT's optimisation level, 0 to 5; a higher one builds longer, and may run quicker.
    """

    workspace: int = 4 << 30
    level: int = 3


class Plans:
    """TensorRT's plans for one GPU; implements `export.plan_builder.Kind`.

    Args:
        gpu: the GPU, as stamps describe it.
        effort: the memory and time that a build may take.
    """

    def __init__(self, gpu: Gpu, effort: Effort) -> None:
        self.name = f"tensorrt {version()}"
        self._gpu, self._effort = gpu, effort

    def reason_to_build(self, graph: Path, precision: str) -> str:
        """Return the reason why a graph must be built, or "" if its plan fits."""
        try:
            load_plan(graph, self._origin(graph, precision))
        except BackendError as error:
            return str(error)
        return ""

    def make(self, graph: Path, precision: str, progress: Progress | None) -> bytes:
        """Build a graph's plan."""
        return plan_from_onnx(graph, precision=precision, effort=self._effort, progress=progress)

    def open(self, engine: bytes, stream: Stream) -> TensorRTEngine:
        """Open a plan on a stream."""
        return engine_from_plan(engine, stream, self._gpu.name)

    def path(self, graph: Path) -> Path:
        """Return the path of a graph's plan."""
        return plan_path(graph)

    def keep(self, graph: Path, engine: bytes, precision: str, parity: Figures) -> None:
        """Write a plan and its stamp."""
        save_plan(graph, engine, self._origin(graph, precision), parity)

    def _origin(self, graph: Path, precision: str) -> Origin:
        return origin_of(graph, precision, version(), self._gpu)


def plan_from_onnx(
    graph: Path, *, precision: str = "fp32", effort: Effort | None = None, progress: Progress | None = None
) -> bytes:
    """Build a plan for this machine's GPU; this takes minutes, and is quicker the second time.

    Args:
        graph: the ONNX file; TensorRT computes in its dtypes.
        precision: the precision on the card; any other than `fp32` lets TensorRT round the factors of float32
            products to TF32.
        effort: the memory and time that the build may take.
        progress: see `Progress`.

    Raises:
        BackendError: TensorRT does not start, cannot read the graph, fails to build it, or was stopped.
    """
    version()
    effort, log = effort or Effort(), LIBRARY.log()
    builder = LIBRARY.start(trt.Builder, log)
    network = builder.create_network(_strongly_typed())
    parser = parse_graph(LIBRARY, graph, network, log)
    config = builder.create_builder_config()
    _limit(config, effort, log)
    if precision == "fp32":
        config.clear_flag(trt.BuilderFlag.TF32)
    timings = _timings(config, log)
    plan = build_engine(LIBRARY, graph, builder, network, config, log, progress)
    del parser  # it holds the weights, which the build needs until here
    write_whole(timings_path(), bytes(timings.serialize()))
    return plan


def timings_path() -> Path:
    """Return the path of the cache of timings that builds measure and reuse."""
    return built_home() / "tensorrt.timings"


def _strongly_typed() -> int:
    """Return the flags of a network with its graph's dtypes: TensorRT 11 knows no other, 10 needs a flag."""
    if version().startswith("10."):
        return 1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED)
    return 0


def _limit(config: trt.IBuilderConfig, effort: Effort, log: Any) -> None:
    config.builder_optimization_level = effort.level
    pool = trt.MemoryPoolType.WORKSPACE
    config.set_memory_pool_limit(pool, effort.workspace)
    if config.get_memory_pool_limit(pool) != effort.workspace:
        raise BackendError(
            f"TensorRT refuses a workspace of {effort.workspace} bytes: {log.errors.take()}. "
            "Give a smaller --workspace."
        )


def _timings(config: trt.IBuilderConfig, log: Any) -> trt.ITimingCache:
    """Let a build reuse the timings of earlier builds, if they are of this GPU and this TensorRT."""
    path = timings_path()
    for content in (path.read_bytes() if path.is_file() else b"", b""):
        cache = config.create_timing_cache(content)
        if cache is not None and config.set_timing_cache(cache, False):
            return cache
    raise BackendError(f"TensorRT takes no cache of timings, not even a new one: {log.errors.take()}.")
