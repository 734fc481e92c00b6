"""The range of the values inside a graph while it runs."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from engines.errors import UsageError
from export.precision.value_range import reach_of

NODES = [
    helper.make_node("Cast", ["x"], ["wide"], to=TensorProto.FLOAT),
    helper.make_node("Mul", ["wide", "minus"], ["negative"]),
    helper.make_node("Relu", ["negative"], ["nothing"]),
    helper.make_node("Cast", ["nothing"], ["y"], to=TensorProto.UINT8),
]
ENDS = [[helper.make_tensor_value_info(name, TensorProto.UINT8, [2, 2])] for name in "xy"]
MINUS = numpy_helper.from_array(np.float32(-3), "minus")
MODEL = helper.make_model(
    helper.make_graph(NODES, "made", *ENDS, [MINUS]),
    opset_imports=[helper.make_opsetid("", 18)],
    ir_version=9,
)


def test_the_greatest_magnitude_over_all_samples() -> None:
    samples = [{"x": np.array([[0, high], [1, 2]], np.uint8)} for high in (7, 100, 9)]
    assert reach_of(MODEL, samples) == {"wide": 100, "negative": 300, "nothing": 0}


def test_without_samples_it_is_an_error() -> None:
    with pytest.raises(UsageError, match="Give some"):
        reach_of(MODEL, [])
