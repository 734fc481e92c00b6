"""ONNX Runtime on the CPU."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnxruntime as ort

from engines.engine import Array, TensorSpec, check_arrays
from engines.errors import BackendError

_DTYPES = {"tensor(uint8)": np.uint8, "tensor(float)": np.float32, "tensor(int32)": np.int32}


class OrtEngine:
    """A graph in an ONNX Runtime session; implements `engines.engine.Engine`."""

    backend = "onnxruntime (CPU)"

    def __init__(self, session: ort.InferenceSession) -> None:
        self._session = session
        self.inputs = tuple(_spec(node) for node in session.get_inputs())
        self.outputs = tuple(_spec(node) for node in session.get_outputs())

    def __call__(self, inputs: Mapping[str, Array], outputs: Mapping[str, Array]) -> None:
        """Run the graph straight from and into the caller's memory."""
        check_arrays(self.inputs, inputs)
        check_arrays(self.outputs, outputs)
        binding = self._session.io_binding()
        for spec in self.inputs:
            pointer = inputs[spec.name].ctypes.data
            binding.bind_input(spec.name, "cpu", 0, spec.dtype, spec.shape, pointer)
        for spec in self.outputs:
            pointer = outputs[spec.name].ctypes.data
            binding.bind_output(spec.name, "cpu", 0, spec.dtype, spec.shape, pointer)
        try:
            self._session.run_with_iobinding(binding)
        except Exception as error:  # ONNX Runtime's exceptions share no other base
            raise BackendError(f"ONNX Runtime failed while running: {error}") from error

    def close(self) -> None:
        """Free the session."""
        del self._session


def version() -> str:
    """Return the version of ONNX Runtime."""
    return str(ort.__version__)


def open_graph(path: Path, threads: int | None, precision: str) -> OrtEngine:
    """Open a graph; the CPU provider computes in the graph's own dtypes, whatever `precision` allows.

    Raises:
        BackendError: ONNX Runtime refuses the file.
    """
    options = ort.SessionOptions()
    options.log_severity_level = 3
    if threads:
        options.intra_op_num_threads = threads
    # Two engines share the cores; a spinning one would steal the other's time.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # as above
        raise BackendError(f"ONNX Runtime refuses {path}: {error}") from error
    return OrtEngine(session)


def _spec(node: ort.NodeArg) -> TensorSpec:
    if node.type not in _DTYPES or not all(isinstance(side, int) for side in node.shape):
        raise BackendError(
            f"'{node.name}' is {node.type} {node.shape}; graphs of neteyes have static shapes and uint8, "
            "float32 or int32 ends. Export it again with `neteyes export`."
        )
    return TensorSpec(node.name, tuple(node.shape), np.dtype(_DTYPES[node.type]))
