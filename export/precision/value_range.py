"""Measure the range of the values inside a graph on given inputs."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper, shape_inference

from engines.backends import open_engine
from engines.engine import Array
from engines.errors import UsageError

REACH = "reach"


def dtypes_of(model: onnx.ModelProto) -> dict[str, int]:
    """Return the ONNX dtype of every tensor in a graph, by name."""
    graph = shape_inference.infer_shapes(model).graph
    values = [*graph.input, *graph.value_info, *graph.output]
    known = {value.name: value.type.tensor_type.elem_type for value in values}
    return known | {weight.name: weight.data_type for weight in graph.initializer}


def reach_of(model: onnx.ModelProto, samples: Sequence[Mapping[str, Array]]) -> dict[str, float]:
    """Return the greatest magnitude of each float32 tensor that a graph computes, by name.

    Args:
        model: a model with static shapes.
        samples: inputs by name.

    Raises:
        UsageError: there are no samples.
        BackendError: no runtime opens the model.
    """
    if not samples:
        raise UsageError("The range of a net's values is measured on frames. Give some.")
    dtypes = dtypes_of(model)
    computed = [name for node in model.graph.node for name in node.output]
    names = [name for name in computed if dtypes.get(name) == TensorProto.FLOAT]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "reach.onnx"
        path.write_bytes(_measuring(model, names).SerializeToString())
        engine = open_engine(path)
        reached = np.zeros((len(samples), len(names)), np.float32)
        for sample, row in zip(samples, reached, strict=True):
            engine(sample, {REACH: row})
        engine.close()
    return dict(zip(names, reached.max(0).tolist(), strict=True))


def _measuring(model: onnx.ModelProto, names: Sequence[str]) -> onnx.ModelProto:
    """Return the model with one output: the greatest magnitude of each tensor named, float32 (n,)."""
    measuring = onnx.ModelProto()
    measuring.CopyFrom(model)
    graph, parts = measuring.graph, []
    for name in names:
        ends = [f"{name}.{word}" for word in ("magnitude", "greatest", "flat")]
        graph.node.append(helper.make_node("Abs", [name], ends[:1]))
        graph.node.append(helper.make_node("ReduceMax", ends[:1], ends[1:2], keepdims=0))
        graph.node.append(helper.make_node("Reshape", [ends[1], f"{REACH}.shape"], ends[2:]))
        parts.append(ends[2])
    graph.node.append(helper.make_node("Concat", parts, [REACH], axis=0))
    graph.initializer.append(numpy_helper.from_array(np.array([1]), f"{REACH}.shape"))
    graph.ClearField("output")
    graph.output.append(helper.make_tensor_value_info(REACH, TensorProto.FLOAT, [len(names)]))
    return measuring
