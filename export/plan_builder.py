"""Build engines for a GPU, and keep only those with the same answers as the processor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from engines.compare import Parity, limits_of
from engines.engine import Engine
from engines.film import Answers, answers_of, compare_answers
from engines.gpu.device import Device, HostArray, Stream
from engines.infer_once import device_inference
from engines.runtimes.built_files import Figures
from engines.runtimes.cuda_graphs import replayed
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
        trusted: Answers,
        compare: Compare,
        progress: Progress | None = None,
    ) -> Parity | None:
        """Build a graph's engine, compare its answers with the reference, and keep it if they agree.

        The engine runs as in a run: its calls are captured, and a graph with a memory is given the inputs
        once alone and once as a film, steadied, with what it remembers from frame to frame.

        Args:
            graph: the ONNX file.
            precision: the precision on its card.
            inputs: inputs by name, to compare on.
            trusted: the answers of `engines.film.trusted_answers` to these inputs.
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
        device = self.device

        def opener(stream: Stream) -> Engine:
            return replayed(self.kind.open(engine, stream), device, stream)

        with self.device.current():
            engine = self.kind.make(graph, precision, progress)
            with device_inference(self.device, opener) as inference:
                answers = answers_of(inference, inputs)
        parity = compare_answers(compare, self.kind.name, trusted, answers)
        parity.check(limits_of(precision))
        self.kind.keep(graph, engine, precision, asdict(parity))
        return parity
