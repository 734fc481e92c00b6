"""Build engines for a GPU, and keep only those with the same answers as the processor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from engines.backends import installed_backends, open_engine
from engines.compare import Parity, limits_of
from engines.engine import Engine
from engines.gpu.device import Device, HostArray, Stream
from engines.infer_once import device_inference, host_inference
from engines.runtimes.built_files import Figures
from export.tensorrt_network import Progress

Inputs = Sequence[Mapping[str, HostArray]]
Compare = Callable[[str, Sequence[Any], Sequence[Any]], Parity]
"""`engines.compare.compare_labels` or `compare_pictures`."""


class Kind(Protocol):
    """A kind of engine that can be built: TensorRT's plans, or engines of TensorRT for RTX.

    Attributes:
        name: the runtime and its version.
    """

    name: str

    def reason_to_build(self, graph: Path, precision: str) -> str:
        """Return the reason why a graph must be built, or "" if its engine fits."""
        ...

    def make(self, graph: Path, precision: str, progress: Progress | None) -> bytes:
        """Build a graph's engine.

        Raises:
            BackendError: it cannot be built.
        """
        ...

    def open(self, engine: bytes, stream: Stream) -> Engine:
        """Open an engine on a stream.

        Raises:
            BackendError: the runtime refuses it.
        """
        ...

    def path(self, graph: Path) -> Path:
        """Return the path of a graph's engine, which may not exist yet."""
        ...

    def keep(self, graph: Path, engine: bytes, precision: str, parity: Figures) -> None:
        """Write an engine and its stamp.

        Raises:
            BackendError: they cannot be written.
        """
        ...


@dataclass(frozen=True, slots=True)
class PlanBuilder:
    """A builder of engines.

    Attributes:
        kind: what is built.
        device: the GPU, to run an engine that was built; None if no GPU is here that it fits: then nothing
            is compared, and its stamp says so.
    """

    kind: Kind
    device: Device | None

    def reason_to_build(self, graph: Path, precision: str) -> str:
        """Return the reason why a graph must be built, or "" if its engine fits."""
        return self.kind.reason_to_build(graph, precision)

    def build(
        self,
        graph: Path,
        precision: str,
        inputs: Inputs,
        trusted: Sequence[HostArray],
        compare: Compare,
        progress: Progress | None = None,
    ) -> Parity | None:
        """Build a graph's engine, compare its answers with the reference, and keep it if they agree.

        Args:
            graph: the ONNX file.
            precision: the precision on its card.
            inputs: inputs by name, to compare on.
            trusted: the answers of `trusted_answers` to these inputs.
            compare: the function that compares the answers.
            progress: see `Progress`.

        Returns:
            The differences; None without a device.

        Raises:
            BackendError: the engine cannot be built or run.
            ParityError: its answers differ by more than the precision explains; nothing is kept.
        """
        if self.device is None:
            engine = self.kind.make(graph, precision, progress)
            self.kind.keep(graph, engine, precision, {})
            return None
        with self.device.current():
            engine = self.kind.make(graph, precision, progress)
            with device_inference(self.device, lambda stream: self.kind.open(engine, stream)) as ask:
                answers = [ask(one) for one in inputs]
        parity = compare(self.kind.name, trusted, answers)
        parity.check(limits_of(precision))
        self.kind.keep(graph, engine, precision, asdict(parity))
        return parity


def trusted_answers(graph: Path, inputs: Inputs) -> list[HostArray]:
    """Return a graph's answers on the processor, in float32, as the reference for a plan.

    Raises:
        BackendError: no runtime opens the graph on the processor.
    """
    engine = open_engine(graph, installed_backends()[0])
    try:
        return [host_inference(engine)(one) for one in inputs]
    finally:
        engine.close()
