"""Plans that answer as the processor does; what does not is never kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engines.backends import installed_backends, open_engine
from engines.compare import Parity, limits_of
from engines.errors import BackendError
from engines.gpu.device import Device, HostArray
from engines.gpu.nvidia import Gpu
from engines.infer_once import device_inference, host_inference
from engines.runtimes import tensorrt
from engines.runtimes.plan_cache import Origin, load_plan, origin_of, save_plan
from export.to_tensorrt import Effort, Progress, plan_from_onnx

Inputs = Sequence[Mapping[str, HostArray]]
Compare = Callable[[str, Sequence[Any], Sequence[Any]], Parity]
"""`engines.compare.compare_labels` or `compare_pictures`."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where plans are built: a GPU, and what a build may cost.

    Attributes:
        device: to run what was built.
        gpu: the same, as stamps name it.
        effort: what a build may cost.
    """

    device: Device
    gpu: Gpu
    effort: Effort

    def reason_to_build(self, graph: Path, precision: str) -> str:
        """Return why a graph must be built, or nothing if what was built before fits."""
        try:
            load_plan(graph, self._origin(graph, precision))
        except BackendError as error:
            return str(error)
        return ""

    def build(
        self,
        graph: Path,
        precision: str,
        inputs: Inputs,
        trusted: Sequence[HostArray],
        compare: Compare,
        progress: Progress | None = None,
    ) -> Parity:
        """Build a graph, and keep the plan if it answers as it should.

        Args:
            graph: the ONNX file.
            precision: what its card allows.
            inputs: what to ask it.
            trusted: what `trusted_answers` gave for them.
            compare: how to compare.
            progress: as for `plan_from_onnx`.

        Raises:
            BackendError: it cannot be built or run.
            ParityError: its answers differ by more than its precision explains; nothing is kept.
        """
        origin = self._origin(graph, precision)
        with self.device.current():
            plan = plan_from_onnx(graph, precision=precision, effort=self.effort, progress=progress)
            with device_inference(
                self.device, lambda stream: tensorrt.engine_from_plan(plan, stream, self.gpu.name)
            ) as ask:
                answers = [ask(one) for one in inputs]
        parity = compare(f"tensorrt {origin.tensorrt}", trusted, answers)
        parity.check(limits_of(precision))
        save_plan(graph, plan, origin, asdict(parity))
        return parity

    def _origin(self, graph: Path, precision: str) -> Origin:
        return origin_of(graph, precision, tensorrt.version(), self.gpu)


def trusted_answers(graph: Path, inputs: Inputs) -> list[HostArray]:
    """Return what a graph answers on the processor, in float32.

    Raises:
        BackendError: no runtime opens it there.
    """
    engine = open_engine(graph, installed_backends()[0])
    try:
        return [host_inference(engine)(one) for one in inputs]
    finally:
        engine.close()
