"""Open graphs with OpenVINO on the CPU, in bf16 where the card allows it and the processor has it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import openvino as ov
from openvino import properties as props

from engines.engine import Array, TensorSpec, check_arrays
from engines.errors import BackendError

# One core a process: two threads that make and free cores at once may crash.
_core = cache(ov.Core)
_opening = threading.Lock()

# OpenVINO makes its two tables of dtypes at their first use. It takes a C++ lock for that while it holds
# Python's lock, and may release Python's lock inside. Two threads that use them first at once can then wait
# for each other for ever, and the whole process stops. So both tables are made here: only one thread at a
# time runs an import.
ov.Tensor(np.empty(1, ov.Type.u8.to_dtype()), shared_memory=True)


class OvEngine:
    """A compiled OpenVINO model; implements `engines.engine.Engine`."""

    def __init__(self, compiled: ov.CompiledModel, precision: str) -> None:
        self._request = compiled.create_infer_request()
        self.backend = f"openvino (CPU, {precision})"
        self.inputs = tuple(_spec(port) for port in compiled.inputs)
        self.outputs = tuple(_spec(port) for port in compiled.outputs)

    def __call__(self, inputs: Mapping[str, Array], outputs: Mapping[str, Array]) -> None:
        """Run the graph on the caller's memory, without a copy.

        Raises:
            BackendError: an array does not fit the graph, or OpenVINO failed.
        """
        check_arrays(self.inputs, inputs)
        check_arrays(self.outputs, outputs)
        for spec in self.inputs:
            self._request.set_tensor(spec.name, ov.Tensor(inputs[spec.name], shared_memory=True))
        for spec in self.outputs:
            self._request.set_tensor(spec.name, ov.Tensor(outputs[spec.name], shared_memory=True))
        try:
            self._request.infer()
        except RuntimeError as error:
            raise BackendError(f"OpenVINO failed while running: {error}") from error

    def close(self) -> None:
        """Free the compiled model."""
        del self._request


def version() -> str:
    """Return the version of OpenVINO."""
    return str(ov.__version__).split("-", 1)[0]


def open_graph(path: Path, threads: int | None, precision: str) -> OvEngine:
    """Compile a graph for the CPU; `precision` bf16 allows bf16, unless the graph has bf16 dtypes itself.

    Raises:
        BackendError: OpenVINO refuses the file.
    """
    try:
        with _opening:
            core = _core()
        can_bf16 = "BF16" in core.get_property("CPU", props.device.capabilities())
        chosen = "bf16" if precision == "bf16" and can_bf16 else "fp32"
        model = core.read_model(str(path))
        own = any(
            node.get_output_element_type(0) == ov.Type.bf16 for node in model.get_ops() if node.outputs()
        )
        allowed = chosen == "bf16" and not own  # a graph with bf16 dtypes uses bf16 there and nowhere else
        config = {
            props.hint.performance_mode(): props.hint.PerformanceMode.LATENCY,
            props.hint.inference_precision(): ov.Type.bf16 if allowed else ov.Type.f32,
            props.hint.enable_cpu_pinning(): False,  # two engines share the cores
            props.num_streams(): 1,
        }
        if threads:
            config[props.inference_num_threads()] = threads
        return OvEngine(core.compile_model(model, "CPU", config), chosen)
    except RuntimeError as error:
        raise BackendError(f"OpenVINO refuses {path}: {error}") from error


def _spec(port: ov.ConstOutput) -> TensorSpec:
    return TensorSpec(port.any_name, tuple(port.shape), port.element_type.to_dtype())
