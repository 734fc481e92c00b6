"""Quantize a graph's convolutions to int8, for CPUs: weights by channel, activations by their ranges.

The graph has pairs of QuantizeLinear and DequantizeLinear (QDQ), which ONNX Runtime and OpenVINO turn into
integer arithmetic.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import onnx
from onnx import helper

from engines.engine import Array
from engines.errors import BackendError, UsageError
from engines.telemetry import forbid_telemetry

Samples = Sequence[Mapping[str, Array]]


def quantized(model: onnx.ModelProto, samples: Samples) -> onnx.ModelProto:
    """Return a model with int8 in its inner dense convolutions; its inputs and outputs keep their dtypes.

    The first convolutions, which read pixels or one-hot maps, and the last ones, which give the answer, stay
    float32: they are a small part of the work and cause most of the error. Depthwise ones gain nothing.

    Args:
        model: a model with float32 inside.
        samples: inputs by name, like those to come: values beyond the range of these are clipped.

    Raises:
        UsageError: there are no samples.
        BackendError: ONNX Runtime, which has the quantizer, is not installed.
    """
    if not samples:
        raise UsageError("int8 needs frames to measure the range of a net's values. Give some.")
    forbid_telemetry()
    try:
        from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
    except ImportError as error:
        raise BackendError(
            f"int8 needs ONNX Runtime's quantizer ({error}). Get it with: pip install 'neteyes[cpu]'"
        ) from error
    prepared = onnx.ModelProto()
    prepared.CopyFrom(model)
    helper.set_model_props(prepared, _PREPARED)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "quantized.onnx"
        quantize_static(
            prepared,
            path,
            _Reader(samples),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv"],
            nodes_to_quantize=inner_convolutions(model),
            per_channel=True,
            activation_type=QuantType.QUInt8,  # most follow a ReLU: a sign would waste a bit
            weight_type=QuantType.QInt8,
        )
        return onnx.load(path)


def inner_convolutions(model: onnx.ModelProto) -> list[str]:
    """Return the names of the dense convolutions that have others both before and behind them."""
    nodes = list(model.graph.node)
    behind: set[str] = set()  # tensors that depend on a convolution
    for node in nodes:
        if node.op_type == "Conv" or not behind.isdisjoint(node.input):
            behind.update(node.output)
    before: set[str] = set()  # tensors that a convolution depends on
    for node in reversed(nodes):
        if node.op_type == "Conv" or not before.isdisjoint(node.output):
            before.update(node.input)
    return [
        node.name
        for node in nodes
        if node.op_type == "Conv" and _dense(node) and node.input[0] in behind and node.output[0] in before
    ]


_PREPARED = {"onnx.quant.pre_process": "onnxruntime.quant"}
"""ONNX Runtime's mark of a model with known shapes and folded norms, which our models are."""


class _Reader:
    """Samples behind the interface that the quantizer reads from."""

    def __init__(self, samples: Samples) -> None:
        self._left: Iterator[Mapping[str, Array]] = iter(samples)

    def get_next(self) -> Mapping[str, Array] | None:
        return next(self._left, None)


def _dense(node: onnx.NodeProto) -> bool:
    return all(attribute.name != "group" or attribute.i == 1 for attribute in node.attribute)
