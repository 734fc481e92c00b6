"""NVIDIA's own library builds every graph that ships or can be exported, without a GPU.

The library is TensorRT for RTX. TensorRT 11 has the same parser and cannot be had here, so the graphs also go
through the names of its binding, on the fake.
"""

import importlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, shape_inference

from engines.bundle import open_bundle
from engines.label_mapping import map_space
from export import buildable
from export.adopt.inspect_onnx import read_net
from export.adopt.wrap_onnx import Manner, surround
from export.checkpoints import Painter, load_deeplab, load_spade
from export.graphs import LookUpGraph, SegmentGraph, SynthesizeGraph
from export.nets import resnet
from export.nets.deeplab_v2 import DeepLabV2
from export.nets.resnet import ResNetStage
from export.nets.spade import Generator, SpadeConfig
from export.precision.fp16 import in_half
from export.save_onnx import save_onnx
from export.to_onnx import onnx_from_graph
from tests.fixtures.foreign import write_net

to_rtx = pytest.importorskip("export.to_tensorrt_rtx", reason="TensorRT for RTX is not here")

SIZE = (64, 96)


def misused_bytes(model: onnx.ModelProto) -> Iterator[str]:
    """Yield each use of uint8 but a cast between an end of the graph and floats.

    TensorRT's documentation allows no other; the library builds some of them all the same.
    """
    model = shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    graph = model.graph
    ends = {end.name for end in (*graph.input, *graph.output)}
    types = {tensor.name: tensor.data_type for tensor in graph.initializer}
    for value in (*graph.value_info, *graph.input, *graph.output):
        types[value.name] = value.type.tensor_type.elem_type
    for node in graph.node:
        names = [name for name in (*node.input, *node.output) if name]
        touched = [types[name] for name in names]
        if TensorProto.UINT8 not in touched:
            continue
        if node.op_type != "Cast" or not {TensorProto.FLOAT, TensorProto.FLOAT16} & set(touched):
            yield f"{node.op_type} '{node.name}' is no cast between uint8 and floats"
        if any(types[name] == TensorProto.UINT8 and name not in ends for name in names):
            yield f"{node.op_type} '{node.name}' touches uint8 that is no end of the graph"


def build(model: onnx.ModelProto, path: Path, precision: str = "fp32") -> bytes:
    """Build a model by NVIDIA's library, and return the engine."""
    assert list(misused_bytes(model)) == []
    save_onnx(model, path)
    engine: bytes = to_rtx.engine_from_onnx(path, precision=precision)
    return engine


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


def halved(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a model in fp16; its range of values is measured on noise."""
    rng = np.random.default_rng(0)
    sample: dict[str, Any] = {}
    for end in model.graph.input:
        shape = [side.dim_value for side in end.type.tensor_type.shape.dim]
        whole = end.type.tensor_type.elem_type == TensorProto.UINT8
        sample[end.name] = rng.integers(0, 182, shape, np.uint8) if whole else np.zeros(shape, np.float32)
    half = in_half(model, [sample])
    assert any(weight.data_type == TensorProto.FLOAT16 for weight in half.graph.initializer)
    return half


GRAPHS = [
    published_segmenter,
    published_painter,
    own_segmenter,
    own_segmenter_picked,
    own_segmenter_coarse,
    own_segmenter_steady,
    own_painter,
]


@pytest.fixture(scope="module", params=GRAPHS)
def model(request: pytest.FixtureRequest) -> onnx.ModelProto:
    return onnx_from_graph(request.param(request))


def test_what_is_exported_is_built(model: onnx.ModelProto, tmp_path: Path) -> None:
    assert build(model, tmp_path / "graph.onnx")


def test_it_is_built_in_half_precision_too(model: onnx.ModelProto, tmp_path: Path) -> None:
    assert build(halved(model), tmp_path / "graph.onnx", "fp16")


def test_it_goes_through_the_names_of_tensorrt_11(
    model: onnx.ModelProto, tmp_path: Path, fake_tensorrt: Any
) -> None:
    save_onnx(model, tmp_path / "graph.onnx")
    plan = importlib.import_module("export.to_tensorrt").plan_from_onnx(tmp_path / "graph.onnx")
    assert str(tmp_path / "graph.onnx").encode() in plan


@pytest.mark.parametrize("size", open_bundle("small").each_size(), ids=lambda size: str(size.sizes[0]))
def test_the_bundle_that_ships_is_built_at_each_of_its_sizes(size: Any) -> None:
    for graph in (size.segment, size.synthesize):
        assert list(misused_bytes(onnx.load(graph))) == []
        assert to_rtx.engine_from_onnx(graph)


HABITS = [
    {},
    {"first": False, "batch": False},
    {"dtype": "float16"},
    {"dtype": "uint8"},
    {"stride": 1},
    {"opset": 13},
    {"opset": 21},
    {"size": ("height", "width")},
    {"answers": ["labels"]},
]


@pytest.mark.parametrize("habit", HABITS, ids=str)
def test_segmenters_of_other_people_are_built(habit: dict[str, Any], tmp_path: Path) -> None:
    names = map_space("cityscapes")
    net = read_net(write_net(tmp_path / "net.onnx", 19, **habit), 19, size=(48, 64))
    model = surround(net, Manner((0, 0, 0), (1, 1, 1)), names.ids, SIZE)
    assert build(model, tmp_path / "graph.onnx")


def test_the_variant_for_processors_is_refused_with_a_reason(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Its shapes depend on data, so the portable graph is the one for GPUs."""
    path = tmp_path / "synthesize.cpu.onnx"
    save_onnx(onnx_from_graph(LookUpGraph(published_painter(request))), path)
    assert "cannot read" in buildable.refusal(path)


class Published:
    """The published nets in their full size, with made-up weights; each is loaded once."""

    def __init__(self, standin: Callable[..., Path]) -> None:
        self._segmenters = {
            quality: load_deeplab(standin("deeplab"), quality) for quality in ("full", "live")
        }
        self._painter = load_spade(standin("spade"))

    def segment(self, quality: str, size: tuple[int, int]) -> SegmentGraph:
        return SegmentGraph(self._segmenters[quality], size, size, steady=True)

    def synthesize(self, size: tuple[int, int]) -> SynthesizeGraph:
        return SynthesizeGraph(self._painter.net, self._painter.trained, size)


@pytest.fixture(scope="module")
def published(standin: Callable[..., Path]) -> Published:
    return Published(standin)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("size", [(256, 256), (256, 512), (512, 256)], ids=str)
@pytest.mark.parametrize("graph", ["full", "live", "painter"])
def test_the_published_size_is_built(
    published: Published, graph: str, size: tuple[int, int], tmp_path: Path
) -> None:
    """In float32 at each size, and in fp16 at the first; the segmenters have a memory."""
    if graph == "painter":
        model = onnx_from_graph(published.synthesize(size))
    else:
        model = onnx_from_graph(published.segment(graph, size))
    assert len(build(model, tmp_path / "graph.onnx")) > 150e6
    if size == (256, 256):
        assert len(build(halved(model), tmp_path / "half.onnx", "fp16")) > 75e6
    shutil.rmtree(tmp_path)  # up to a gigabyte
