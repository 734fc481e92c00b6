"""Run an ONNX net by itself in ONNX Runtime, without any part of neteyes around it."""

from collections.abc import Sequence
from typing import Any

import numpy.typing as npt
import onnx

from engines.errors import BackendError
from engines.telemetry import forbid_telemetry

Array = npt.NDArray[Any]


def open_session(model: onnx.ModelProto) -> Any:
    """Open a net as it is, with any dtypes and shapes.

    Raises:
        BackendError: ONNX Runtime is not installed, or refuses the net.
    """
    forbid_telemetry()
    try:
        import onnxruntime as ort
    except ImportError as error:
        raise BackendError(
            f"ONNX Runtime, which runs the net to inspect it, does not load ({error}). Get it with: "
            "pip install 'neteyes[cpu]'"
        ) from error
    options = ort.SessionOptions()
    options.log_severity_level = 3
    try:
        return ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's exceptions share no other base
        raise BackendError(f"ONNX Runtime refuses the net: {error}. Export it again.") from error


def run_session(session: Any, inputs: dict[str, Array], outputs: Sequence[str]) -> list[Array]:
    """Run a session, and return the named outputs in the order of their names.

    Raises:
        BackendError: the net does not run on these inputs.
    """
    try:
        answers: list[Array] = session.run(list(outputs), inputs)
    except Exception as error:  # as above
        sides = "×".join(map(str, next(iter(inputs.values())).shape))
        raise BackendError(f"The net does not run on {sides}: {error}. Try another --size.") from error
    return answers
