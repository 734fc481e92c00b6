"""Try whether graphs can be built for GeForce and RTX cards, so that faults show at export."""

from pathlib import Path

from engines.card import Precision
from engines.errors import BackendError


def refusal(graph: Path, precision: Precision = "fp32") -> str:
    """Return the reason why TensorRT for RTX refuses a graph.

    The reason is "" if the library builds it, if the library is not installed, and for int8, which is for
    processors alone.
    """
    try:
        from export.to_tensorrt_rtx import engine_from_onnx
    except ImportError:
        return ""
    if precision == "int8":
        return ""
    try:
        engine_from_onnx(graph, precision=precision)
    except BackendError as error:
        return str(error)
    return ""


def check_buildable(graph: Path, precision: Precision = "fp32") -> None:
    """Check that TensorRT for RTX builds a graph, where the library is installed.

    Raises:
        BackendError: it refuses the graph; the message names each operator.
    """
    if reason := refusal(graph, precision):
        raise BackendError(reason)
