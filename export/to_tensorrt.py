"""Build a TensorRT plan of a graph: for this machine's GPU, in the graph's own dtypes.

TensorRT 10 and 11 differ in one thing that matters here: see `_strongly_typed`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import tensorrt as trt

from engines.errors import BackendError
from engines.runtimes.plan_cache import built_home, write_whole
from engines.runtimes.tensorrt import Log, start, version

Progress = Callable[[str, int, int], bool]
"""A function that gets a phase, its finished steps and all its steps, and returns whether to go on.
TensorRT may call it from its own threads."""


@dataclass(frozen=True, slots=True)
class Effort:
    """The memory and time that a build may take.

    Attributes:
        workspace: bytes of the GPU's memory that one layer may use for scratch.
        level: TensorRT's optimisation level, 0 to 5; a higher one builds longer, and may run quicker.
    """

    workspace: int = 4 << 30
    level: int = 3


class Monitor(trt.IProgressMonitor):  # type: ignore[misc]  # tensorrt has no types
    """A monitor that reports TensorRT's nested phases to a function; the function can stop the build.

    Attributes:
        error: the exception that the function raised, which also stops the build. It is kept here, because an
            exception that leaves a callback of TensorRT ends the process.
    """

    def __init__(self, progress: Progress) -> None:
        trt.IProgressMonitor.__init__(self)
        self.error: BaseException | None = None
        self._progress = progress
        self._steps: dict[str, int] = {}

    def phase_start(self, phase_name: str, parent_phase: str | None, num_steps: int) -> None:
        """Note the number of steps of a phase."""
        self._steps[phase_name] = num_steps
        self._tell(phase_name, 0)

    def step_complete(self, phase_name: str, step: int) -> bool:
        """Report a finished step, and return whether to go on."""
        return self._tell(phase_name, step + 1)

    def phase_finish(self, phase_name: str) -> None:
        """Report all steps of a phase as finished: TensorRT may skip some."""
        self._tell(phase_name, self._steps.get(phase_name, 0))

    def _tell(self, phase: str, done: int) -> bool:
        try:
            return self.error is None and self._progress(phase, done, self._steps.get(phase, done))
        except BaseException as error:
            self.error = error
            return False


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
    effort, log = effort or Effort(), Log()
    builder = start(trt.Builder, log)
    network = builder.create_network(_strongly_typed())
    parser = _parse(graph, network, log)
    config = builder.create_builder_config()
    _limit(config, effort, log)
    if precision == "fp32":
        config.clear_flag(trt.BuilderFlag.TF32)
    monitor = Monitor(progress or (lambda *_: True))
    config.progress_monitor = monitor
    timings = _timings(config, log)
    plan = builder.build_serialized_network(network, config)
    del parser  # it holds the weights, which the build needs until here
    if monitor.error:
        raise monitor.error
    if plan is None:
        raise BackendError(f"TensorRT built nothing from {graph}: {log.take()}.")
    write_whole(timings_path(), bytes(timings.serialize()))
    return bytes(plan)


def timings_path() -> Path:
    """Return the path of the cache of timings that builds measure and reuse."""
    return built_home() / "tensorrt.timings"


def _strongly_typed() -> int:
    """Return the flags of a network with its graph's dtypes: TensorRT 11 knows no other, 10 needs a flag."""
    if version().startswith("10."):
        return 1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED)
    return 0


def _parse(graph: Path, network: trt.INetworkDefinition, log: Log) -> trt.OnnxParser:
    parser = trt.OnnxParser(network, log)
    if parser.parse_from_file(str(graph)):
        return parser
    faults = []
    for index in range(parser.num_errors):
        error = parser.get_error(index)
        faults.append(f"\n  {error.node_operator()} '{error.node_name()}': {error.desc()}")
    raise BackendError(
        f"TensorRT cannot read {graph}:{''.join(faults) or ' ' + log.take()}\n"
        "If an older neteyes exported it, export it again."
    )


def _limit(config: trt.IBuilderConfig, effort: Effort, log: Log) -> None:
    config.builder_optimization_level = effort.level
    pool = trt.MemoryPoolType.WORKSPACE
    config.set_memory_pool_limit(pool, effort.workspace)
    if config.get_memory_pool_limit(pool) != effort.workspace:
        raise BackendError(
            f"TensorRT refuses a workspace of {effort.workspace} bytes: {log.take()}. "
            "Give a smaller --workspace."
        )


def _timings(config: trt.IBuilderConfig, log: Log) -> trt.ITimingCache:
    """Let a build reuse the timings of earlier builds, if they are of this GPU and this TensorRT."""
    path = timings_path()
    for content in (path.read_bytes() if path.is_file() else b"", b""):
        cache = config.create_timing_cache(content)
        if cache is not None and config.set_timing_cache(cache, False):
            return cache
    raise BackendError(f"TensorRT takes no cache of timings, not even a new one: {log.take()}.")
