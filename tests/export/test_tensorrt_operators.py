"""TensorRT's parser can read every graph of ours: its operators, their types, and a few exceptions."""

import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, shape_inference

from engines.bundle import open_bundle
from export.checkpoints import Painter
from export.graphs import SegmentGraph, SynthesizeGraph
from export.nets import resnet
from export.nets.deeplab_v2 import DeepLabV2
from export.nets.resnet import ResNetStage
from export.nets.spade import Generator, SpadeConfig
from export.precision.fp16 import in_half
from export.to_onnx import onnx_from_graph

MATRIX = tomllib.loads((Path(__file__).parent / "tensorrt_operators.toml").read_text())
OPSETS = MATRIX.pop("opsets")
TYPES = {name: row["types"] for row in MATRIX.values() for name in row["operators"].split()}
SIZE = (64, 96)
RESIZES = {
    "mode": {b"nearest", b"linear"},
    "coordinate_transformation_mode": {
        b"half_pixel",
        b"pytorch_half_pixel",
        b"tf_half_pixel_for_nn",
        b"asymmetric",
        b"align_corners",
    },
    "nearest_mode": {b"floor", b"ceil", b"round_prefer_floor", b"round_prefer_ceil"},
    "keep_aspect_ratio_policy": {b"stretch"},
    "antialias": {0},
}


def faults(model: onnx.ModelProto) -> Iterator[str]:
    """Yield, in words, everything in a model that TensorRT cannot read."""
    model = shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    graph = model.graph
    ends = {end.name for end in (*graph.input, *graph.output)}
    constants = {tensor.name for tensor in graph.initializer}
    types = {tensor.name: _name(tensor.data_type) for tensor in graph.initializer}
    for value in (*graph.value_info, *graph.input, *graph.output):
        types[value.name] = _name(value.type.tensor_type.elem_type)
        if not all(side.HasField("dim_value") for side in value.type.tensor_type.shape.dim):
            yield f"'{value.name}' has no static shape"
    if not OPSETS[0] <= model.opset_import[0].version <= OPSETS[1]:
        yield f"opset {model.opset_import[0].version}"
    for node in graph.node:
        what = f"{node.op_type} '{node.name}'"
        if node.domain or node.op_type not in TYPES:
            yield f"{what} is not supported"
            continue
        first = types[node.input[0]]
        if first not in TYPES[node.op_type]:
            yield f"{what} on {first}"
        touched = [types[name] for name in (*node.input, *node.output) if name]
        if "UINT8" in touched:
            if node.op_type != "Cast":
                yield f"{what} touches UINT8"
            elif not {"FLOAT", "FLOAT16"}.intersection(touched):
                yield f"{what} casts {' to '.join(touched)}"
            if any(types[name] == "UINT8" and name not in ends for name in (*node.input, *node.output)):
                yield f"{what} makes UINT8 that is no end of the graph"
        yield from _catches(node, what, constants)


def _name(kind: int) -> str:
    return str(TensorProto.DataType.Name(kind))


def _catches(node: onnx.NodeProto, what: str, constants: set[str]) -> Iterator[str]:
    given = {one.name: helper.get_attribute_value(one) for one in node.attribute}
    if node.op_type == "Resize":
        for name, value in given.items():
            if name in RESIZES and value not in RESIZES[name]:
                yield f"{what} with {name} {value}"
    pools = node.op_type in ("MaxPool", "AveragePool")
    if pools and (set(given.get("dilations", [1])) != {1} or len(node.output) > 1):
        yield f"{what} is dilated, or gives indices"
    over_axes = node.op_type.startswith("Reduce") or node.op_type in ("Squeeze", "Unsqueeze")
    if over_axes and len(node.input) > 1 and node.input[1] not in constants:
        yield f"{what} over axes that are no constant"


def published_segmenter(request: pytest.FixtureRequest) -> SegmentGraph:
    """The published net, with few blocks of few channels."""
    with pytest.MonkeyPatch.context() as patch:
        stages = tuple(
            ResNetStage(1, 4, stage.channels, stage.stride, stage.dilation) for stage in resnet.STAGES
        )
        patch.setattr(resnet, "STAGES", stages)
        torch.manual_seed(0)
        return SegmentGraph(DeepLabV2(6).eval().requires_grad_(False), SIZE, SIZE)


def published_painter(request: pytest.FixtureRequest) -> SynthesizeGraph:
    """The published net, with few channels."""
    torch.manual_seed(0)
    net = Generator(SpadeConfig(width=4, widest=16, hidden=4)).eval().requires_grad_(False)
    return SynthesizeGraph(net, range(182), SIZE)


def own_segmenter(request: pytest.FixtureRequest) -> SegmentGraph:
    return SegmentGraph(request.getfixturevalue("segmenter"), SIZE, SIZE)


def own_segmenter_picked(request: pytest.FixtureRequest) -> SegmentGraph:
    return SegmentGraph(request.getfixturevalue("segmenter"), (96, 96), SIZE)


def own_segmenter_coarse(request: pytest.FixtureRequest) -> SegmentGraph:
    return SegmentGraph(request.getfixturevalue("segmenter"), SIZE, SIZE, argmax=2)


def own_segmenter_steady(request: pytest.FixtureRequest) -> SegmentGraph:
    return SegmentGraph(request.getfixturevalue("segmenter"), (98, 96), SIZE, argmax=2, steady=True)


def own_painter(request: pytest.FixtureRequest) -> SynthesizeGraph:
    painter: Painter = request.getfixturevalue("painter")
    return SynthesizeGraph(painter.net, painter.trained, SIZE, painter.siblings)


PUBLISHED = [published_segmenter, published_painter]
OWN = [
    own_segmenter,
    own_segmenter_picked,
    own_segmenter_coarse,
    own_segmenter_steady,
    own_painter,
]


@pytest.fixture(scope="module")
def model(request: pytest.FixtureRequest) -> onnx.ModelProto:
    return onnx_from_graph(request.param(request))


@pytest.mark.parametrize("model", [*PUBLISHED, *OWN], indirect=True)
def test_tensorrt_reads_what_is_exported(model: onnx.ModelProto) -> None:
    assert list(faults(model)) == []


@pytest.mark.parametrize("model", PUBLISHED, indirect=True)
def test_tensorrt_reads_it_in_half_precision_too(model: onnx.ModelProto) -> None:
    rng = np.random.default_rng(0)
    sample = {
        end.name: rng.integers(0, 182, [side.dim_value for side in end.type.tensor_type.shape.dim], np.uint8)
        for end in model.graph.input
    }
    half = in_half(model, [sample])
    assert any(node.op_type == "Conv" for node in half.graph.node)
    assert list(faults(half)) == []


@pytest.mark.parametrize("name", ["segment", "synthesize"])
def test_tensorrt_reads_the_bundle_that_ships(name: str) -> None:
    assert list(faults(onnx.load(open_bundle("small").folder / f"{name}.onnx"))) == []


def made(nodes: Sequence[onnx.NodeProto], kind: int = TensorProto.FLOAT) -> onnx.ModelProto:
    ends = [[helper.make_tensor_value_info(name, kind, (1, 1, 4, 4))] for name in "xy"]
    return helper.make_model(
        helper.make_graph(nodes, "made", *ends), opset_imports=[helper.make_opsetid("", 18)]
    )


@pytest.mark.parametrize(
    ("nodes", "kind", "words"),
    [
        ([helper.make_node("Bernoulli", ["x"], ["y"])], TensorProto.FLOAT, "is not supported"),
        ([helper.make_node("Identity", ["x"], ["y"])], TensorProto.UINT8, "Identity '' touches UINT8"),
        ([helper.make_node("Sqrt", ["x"], ["y"])], TensorProto.DOUBLE, "Sqrt '' on DOUBLE"),
        (
            [
                helper.make_node("Cast", ["x"], ["whole"], to=TensorProto.INT32),
                helper.make_node("Cast", ["whole"], ["y"], to=TensorProto.UINT8),
            ],
            TensorProto.UINT8,
            "casts UINT8 to INT32",
        ),
        (
            [helper.make_node("Resize", ["x", "", "scales"], ["y"], mode="cubic")],
            TensorProto.FLOAT,
            "mode b'cubic'",
        ),
    ],
)
def test_unreadable_operators_are_found(nodes: Sequence[onnx.NodeProto], kind: int, words: str) -> None:
    model = made(nodes, kind)
    model.graph.initializer.append(helper.make_tensor("scales", TensorProto.FLOAT, [4], [1.0] * 4))
    assert any(words in fault for fault in faults(model)), list(faults(model))
