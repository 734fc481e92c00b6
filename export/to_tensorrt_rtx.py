"""Build engines of graphs with TensorRT for RTX: on any x86-64 machine, with a GPU or without.

No timing cache is used, and nothing is measured: both would ask a GPU.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tensorrt_rtx_bindings as trt

from engines.bundle import identity_of
from engines.errors import BackendError, UsageError
from engines.gpu.device import Stream
from engines.gpu.nvidia import Gpu, find_gpu
from engines.runtimes.built_files import Figures, save_stamped
from engines.runtimes.rtx_files import RtxOrigin, describe, engine_path, load_engine
from engines.runtimes.tensorrt_rtx import LIBRARY, RtxEngine, engine_from_bytes, version
from export.tensorrt_network import Progress, build_engine, parse_graph


class RtxEngines:
    """Engines of TensorRT for RTX; implements `export.plan_builder.Kind`.

    Args:
        capabilities: the compute capabilities to build for, from `parse_targets`.
        gpu: the GPU to try them on; None if there is none.
        folder: the folder to put them into; None for the user's own data.
    """

    def __init__(self, capabilities: tuple[str, ...], gpu: Gpu | None, folder: Path | None) -> None:
        self.name = f"tensorrt-rtx {version()}"
        self._capabilities, self._gpu, self._folder = capabilities, gpu, folder

    def reason_to_build(self, graph: Path, precision: str) -> str:
        """Return the reason why a graph must be built, or "" if its engine fits."""
        if not self.path(graph).exists():
            return "There is no engine of it yet."
        try:
            _, origin = load_engine(graph, self.path(graph), precision, version())
        except BackendError as error:
            return str(error)
        if origin.capabilities != self._capabilities:
            return f"It was built for {describe(origin.capabilities)}."
        return ""

    def make(self, graph: Path, precision: str, progress: Progress | None) -> bytes:
        """Build a graph's engine."""
        return engine_from_onnx(
            graph, precision=precision, capabilities=self._capabilities, progress=progress
        )

    def open(self, engine: bytes, stream: Stream) -> RtxEngine:
        """Open an engine on a stream."""
        assert self._gpu
        return engine_from_bytes(engine, stream, self._gpu)

    def keep(self, graph: Path, engine: bytes, precision: str, parity: Figures) -> None:
        """Write an engine and its stamp."""
        origin = RtxOrigin(
            graph=identity_of(graph), precision=precision, library=version(), capabilities=self._capabilities
        )
        save_stamped(self.path(graph), engine, origin, parity)

    def path(self, graph: Path) -> Path:
        """Return the path of a graph's engine."""
        return engine_path(graph, self._folder)


def known_capabilities() -> dict[str, Any]:
    """Return the compute capabilities that engines can be built for: `8.9` → the library's own constant."""
    named = {name: kind for name, kind in trt.ComputeCapability.__members__.items() if name.startswith("SM")}
    return {f"{name[2:-1]}.{name[-1]}": kind for name, kind in named.items()}


def parse_targets(text: str | None) -> tuple[str, ...]:
    """Return the compute capabilities in a text such as `sm75,sm89`.

    Args:
        text: `sm…`, several with commas between; `here`, this machine's GPU; `any`, all that are known; None,
            what the library calls portable: 8.0 and later.

    Returns:
        The capabilities, such as `8.9`; none for None.

    Raises:
        UsageError: one of them is unknown.
        BackendError: `here` on a machine without a GPU.
    """
    known = known_capabilities()
    if text is None:
        return ()
    if text == "any":
        return tuple(known)
    asked = [find_gpu().capability] if text == "here" else [_dotted(word) for word in text.split(",")]
    for one in asked:
        if one not in known:
            names = ", ".join(f"sm{capability.replace('.', '')}" for capability in known)
            raise UsageError(
                f"TensorRT for RTX builds for {names}, not for '{one}'. Give some of these, here or any; "
                "without --for it builds for 8.0 and later."
            )
    return tuple(dict.fromkeys(asked))


def engine_from_onnx(
    graph: Path,
    *,
    precision: str = "fp32",
    capabilities: tuple[str, ...] = (),
    progress: Progress | None = None,
) -> bytes:
    """Build an engine; this takes seconds.

    Args:
        graph: the ONNX file; the engine computes in its dtypes.
        precision: the precision on the card; any other than `fp32` lets the library round the factors of
            float32 products to TF32.
        capabilities: from `parse_targets`.
        progress: see `Progress`.

    Raises:
        BackendError: the library does not start, cannot read the graph, fails to build it, or was stopped.
    """
    log = LIBRARY.log()
    builder = LIBRARY.start(trt.Builder, log)
    network = builder.create_network(0)
    parser = parse_graph(LIBRARY, graph, network, log)
    config = builder.create_builder_config()
    if precision == "fp32":
        config.clear_flag(trt.BuilderFlag.TF32)
    known = known_capabilities()
    if capabilities:
        config.num_compute_capabilities = len(capabilities)
    for index, capability in enumerate(capabilities):
        if not config.set_compute_capability(known[capability], index):
            raise BackendError(
                f"TensorRT for RTX does not build for {capability} beside {', '.join(capabilities)}: "
                f"{log.errors.take()}."
            )
    engine = build_engine(LIBRARY, graph, builder, network, config, log, progress)
    del parser  # it holds the weights, which the build needs until here
    return engine


def _dotted(word: str) -> str:
    """Return `8.9` for `sm89`, and other text as it is."""
    digits = word.strip().lower().removeprefix("sm").replace(".", "")
    return f"{digits[:-1]}.{digits[-1]}" if digits.isdigit() and len(digits) > 1 else word.strip()
