"""Open graphs with ONNX Runtime on the CPU."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

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
        self.inputs, self.outputs = specs(session)

    def __call__(self, inputs: Mapping[str, Array], outputs: Mapping[str, Array]) -> None:
        """Run the graph on the caller's memory, without a copy.

        Raises:
            BackendError: an array does not fit the graph, or ONNX Runtime failed.
        """
        binding = bind(self._session, (self.inputs, self.outputs), (inputs, outputs), "cpu")
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
    # Two engines share the cores; a spinning one would take the other's time.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # as above
        raise BackendError(f"ONNX Runtime refuses {path}: {error}") from error
    return OrtEngine(session)


Ends = tuple[tuple[TensorSpec, ...], tuple[TensorSpec, ...]]
"""The inputs and the outputs of a graph."""


def specs(session: ort.InferenceSession) -> Ends:
    """Return the inputs and outputs of a session.

    Raises:
        BackendError: one has a dtype or a shape that graphs of neteyes do not have.
    """
    inputs, outputs = session.get_inputs(), session.get_outputs()
    return tuple(map(_spec, inputs)), tuple(map(_spec, outputs))


def bind(
    session: ort.InferenceSession,
    ends: Ends,
    arrays: tuple[Mapping[str, Array], Mapping[str, Array]],
    where: Literal["cpu", "cuda"],
) -> ort.IOBinding:
    """Check the caller's arrays and bind a session to them, without a copy.

    Raises:
        BackendError: an array does not fit the graph.
    """
    binding = session.io_binding()
    for bind_end, wanted, given in zip((binding.bind_input, binding.bind_output), ends, arrays, strict=True):
        addresses = check_arrays(wanted, given, "host" if where == "cpu" else "device")
        for spec in wanted:
            bind_end(spec.name, where, 0, spec.dtype, spec.shape, addresses[spec.name])
    return binding


def _spec(node: ort.NodeArg) -> TensorSpec:
    if node.type not in _DTYPES or not all(isinstance(side, int) for side in node.shape):
        raise BackendError(
            f"'{node.name}' is {node.type} {node.shape}; graphs of neteyes have static shapes and uint8, "
            "float32 or int32 ends. Export it again with `neteyes export`."
        )
    return TensorSpec(node.name, tuple(node.shape), np.dtype(_DTYPES[node.type]))
