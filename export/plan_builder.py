"""Build TensorRT plans, and keep only those with the same answers as the processor."""

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
class PlanBuilder:
    """A builder of plans for one GPU.

    Attributes:
        device: the GPU, to run a plan that was built.
        gpu: the same GPU, as stamps describe it.
        effort: the memory and time that a build may take.
    """

    device: Device
    gpu: Gpu
    effort: Effort

    def reason_to_build(self, graph: Path, precision: str) -> str:
        """Return the reason why a graph must be built, or "" if its plan fits."""
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
        """Build a graph's plan, compare its answers with the reference, and keep it if they agree.

        Args:
            graph: the ONNX file.
            precision: the precision on its card.
            inputs: inputs by name, to compare on.
            trusted: the answers of `trusted_answers` to these inputs.
            compare: the function that compares the answers.
            progress: as for `plan_from_onnx`.

        Raises:
            BackendError: the plan cannot be built or run.
            ParityError: its answers differ by more than the precision explains; nothing is kept.
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
    """Return a graph's answers on the processor, in float32, as the reference for a plan.

    Raises:
        BackendError: no runtime opens the graph on the processor.
    """
    engine = open_engine(graph, installed_backends()[0])
    try:
        return [host_inference(engine)(one) for one in inputs]
    finally:
        engine.close()
