"""float16 inside a graph: where it is used, where it must not be, and answers that stay the net's own."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper
from onnx.numpy_helper import from_array, to_array
from torch import nn

from engines.backends import open_engine
from engines.infer_once import host_inference
from engines.labels import KEEP
from export.graphs import SegmentGraph
from export.precision.fp16 import GREATEST, HEADROOM, in_half
from export.precision.value_range import dtypes_of
from export.save_onnx import save_onnx
from export.to_onnx import onnx_from_graph

Shipped = Callable[[str], onnx.ModelProto]
STATE = ("memory", "dt", "steadiness", "memory_next")


@pytest.fixture(scope="module", params=["segment", "synthesize"])
def model(request: pytest.FixtureRequest, shipped: Shipped) -> onnx.ModelProto:
    return shipped(request.param)


@pytest.fixture(scope="module")
def samples(
    model: onnx.ModelProto, shipped: Shipped, scene_frames: list[np.ndarray]
) -> list[dict[str, np.ndarray]]:
    """Return a graph's inputs of a scene."""
    if model.graph.input[0].name == "frame":
        return [{"frame": frame, **resting(model)} for frame in scene_frames]
    segment = shipped("segment")
    maps = answers(segment, "onnxruntime", [{"frame": frame} for frame in scene_frames])
    return [{"labels": labels, "swap": KEEP} for labels in maps]


@pytest.fixture(scope="module")
def half(model: onnx.ModelProto, samples: list[dict[str, np.ndarray]]) -> onnx.ModelProto:
    return in_half(model, samples[:1])


def resting(model: onnx.ModelProto) -> dict[str, np.ndarray]:
    """Return zeros for a steady graph's inputs besides the frame."""
    shapes = {
        end.name: [side.dim_value for side in end.type.tensor_type.shape.dim] for end in model.graph.input
    }
    return {name: np.zeros(shape, np.float32) for name, shape in shapes.items() if name in STATE}


def answers(
    model: onnx.ModelProto, backend: str, samples: Sequence[dict[str, np.ndarray]]
) -> list[np.ndarray]:
    with tempfile.TemporaryDirectory() as folder:
        save_onnx(model, Path(folder) / "graph.onnx")
        engine = open_engine(Path(folder) / "graph.onnx", backend, threads=1)
        found = [host_inference(engine)(sample) for sample in samples]
        engine.close()
    return found


def rounded(model: onnx.ModelProto) -> onnx.ModelProto:
    """A float32 model that rounds where the half model does: runtimes for CPUs leave that out.

    x is rounded to the 11 bits of float16 by x·c - (x·c - x) with c = 2¹³ + 1 (Dekker 1971).
    """
    dtypes, result = dtypes_of(model), onnx.ModelProto()
    result.CopyFrom(model)
    for weight in result.graph.initializer:
        if weight.data_type == TensorProto.FLOAT16:
            weight.CopyFrom(from_array(to_array(weight).astype(np.float32), weight.name))
    result.graph.initializer.append(from_array(np.float32(2**13 + 1), "split"))
    nodes = []
    for node in result.graph.node:
        halved = [name for name in node.output if dtypes[name] == TensorProto.FLOAT16]
        if halved and node.op_type == "Cast":
            node.attribute[0].i = TensorProto.FLOAT
        for name in halved:
            whole, far, low = f"{name}.whole", f"{name}.far", f"{name}.low"
            node.output[list(node.output).index(name)] = whole
            nodes += [
                helper.make_node("Mul", [whole, "split"], [far]),
                helper.make_node("Sub", [far, whole], [low]),
                helper.make_node("Sub", [far, low], [name]),
            ]
        nodes.insert(len(nodes) - 3 * len(halved), node)
    result.graph.ClearField("node")
    result.graph.node.extend(nodes)
    return result


@pytest.mark.parametrize("backend", ["openvino", "onnxruntime"])
@pytest.mark.parametrize("rehearse", [False, True], ids=["as it is", "rounded between nodes"])
def test_it_answers_what_the_net_answers(
    model: onnx.ModelProto,
    half: onnx.ModelProto,
    samples: list[dict[str, np.ndarray]],
    backend: str,
    rehearse: bool,
) -> None:
    expected = answers(model, backend, samples)
    found = answers(rounded(half) if rehearse else half, backend, samples)
    if model.graph.output[0].name == "labels":
        assert np.mean(np.equal(found, expected)) >= 0.999
    else:
        error = np.abs(np.subtract(found, expected, dtype=int))
        assert error.mean() <= 0.05 and error.max() <= 2


def test_convolutions_are_half_and_what_must_not_be_is_not(half: onnx.ModelProto) -> None:
    dtypes = dtypes_of(half)
    for node in half.graph.node:
        touched = {dtypes[name] for name in (*node.input, *node.output) if name}
        if node.op_type == "Conv":
            assert touched == {TensorProto.FLOAT16}
        if node.op_type in ("BatchNormalization", "Mul", "ArgMax", "ReduceMean", "Tanh", "Round"):
            assert TensorProto.FLOAT16 not in touched, node.op_type
        if node.op_type == "Cast" and TensorProto.UINT8 in touched:
            assert touched == {TensorProto.UINT8, TensorProto.FLOAT}
    for end in (*half.graph.input, *half.graph.output):
        kind = TensorProto.FLOAT if end.name in STATE else TensorProto.UINT8
        assert end.type.tensor_type.elem_type == kind


class Two(nn.Module):
    """Return a model of two convolutions; the values between them can be made large."""

    label_ids = (3, 5)
    mean = (0.0, 0.0, 0.0)
    scale = 1 / 255

    def __init__(self, first: float, second: float) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 3, 1), nn.Conv2d(3, 2, 1)
        nn.init.constant_(self.first.weight, first)
        nn.init.constant_(self.second.weight, second)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.second(torch.relu(self.first(x)))


@pytest.mark.parametrize(
    ("first", "second", "halves"),
    [
        (1.0, 1.0, [True, True]),
        (2 * GREATEST, 1e-5, [False, False]),  # a weight too great, and so what it makes
        (GREATEST / HEADROOM, 1e-5, [False, False]),  # 255/255 · weight · 3 channels comes too near
        (1.0, 2 * GREATEST, [True, False]),
    ],
)
def test_values_beyond_float16_stay_float32(first: float, second: float, halves: list[bool]) -> None:
    graph = SegmentGraph(Two(first, second).eval(), (8, 8), (8, 8))
    model = in_half(onnx_from_graph(graph), [{"frame": np.full((8, 8, 3), 255, np.uint8)}])
    dtypes = dtypes_of(model)
    found = [dtypes[node.output[0]] for node in model.graph.node if node.op_type == "Conv"]
    assert [dtype == TensorProto.FLOAT16 for dtype in found] == halves
