"""An exported file gives its graph's answers on every runtime, and has no trace of the machine."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto
from torch import nn

from engines.backends import BACKENDS, open_engine
from export.certificate import run_graph
from export.checkpoints import Painter
from export.graphs import SegmentGraph, SynthesizeGraph
from export.nets.deeplab import DeepLabV3Plus
from export.save_onnx import save_onnx
from export.to_onnx import export_onnx, onnx_from_graph, with_half_weights

KEEP = np.arange(256, dtype=np.uint8)
SIZE = (64, 96)

# The operators that TensorRT's ONNX parser knows and our nets need.
PORTABLE = """
    Add BatchNormalization Cast Clip Concat Conv DepthToSpace Equal Expand Gather LeakyRelu MatMul Max MaxPool
    Min Mul Not Pad ReduceMean Relu Reshape Resize Round Slice Squeeze Sub Tanh Tile TopK Transpose Unsqueeze
"""


@pytest.fixture(scope="module")
def segment(segmenter: DeepLabV3Plus) -> SegmentGraph:
    return SegmentGraph(segmenter, SIZE, SIZE)


@pytest.fixture(scope="module")
def picked(segmenter: DeepLabV3Plus) -> SegmentGraph:
    return SegmentGraph(segmenter, (96, 96), (64, 64))


@pytest.fixture(scope="module")
def synthesize(painter: Painter) -> SynthesizeGraph:
    return SynthesizeGraph(painter.net, painter.trained, SIZE, painter.siblings)


@pytest.fixture(scope="module", params=["segment", "picked", "synthesize"])
def graph(request: pytest.FixtureRequest) -> SegmentGraph | SynthesizeGraph:
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def model(graph: SegmentGraph | SynthesizeGraph) -> onnx.ModelProto:
    return onnx_from_graph(graph)


@pytest.fixture
def file(model: onnx.ModelProto, tmp_path: Path) -> Path:
    path = tmp_path / "graph.onnx"
    save_onnx(model, path)
    return path


def answer(path: Path, backend: str, *arrays: np.ndarray) -> np.ndarray:
    engine = open_engine(path, backend, threads=1)
    inputs = {spec.name: array for spec, array in zip(engine.inputs, arrays, strict=True)}
    outputs = {spec.name: spec.empty() for spec in engine.outputs}
    engine(inputs, outputs)
    engine.close()
    (only,) = outputs.values()
    return only


def some_labels(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (SIZE[0] // 8, SIZE[1] // 8), dtype=np.uint8)
    return coarse.repeat(8, 0).repeat(8, 1)


@pytest.mark.parametrize("backend", [backend.name for backend in BACKENDS])
def test_every_runtime_answers_what_the_graph_answers(
    graph: SegmentGraph | SynthesizeGraph,
    file: Path,
    backend: str,
    draw_frame: Callable[[int, int, int], np.ndarray],
) -> None:
    for seed in range(3):
        if isinstance(graph, SegmentGraph):
            frame = draw_frame(*graph.frame_size, seed)
            expected = run_graph(graph, frame)
            assert (answer(file, backend, frame) == expected).mean() >= 0.999
        else:
            arrays = some_labels(seed), np.roll(KEEP, seed)
            error = np.abs(answer(file, backend, *arrays).astype(int) - run_graph(graph, *arrays))
            assert error.max() <= 1 and error.mean() <= 0.01


@pytest.mark.parametrize("size", [(256, 512), (512, 256)], ids=str)
def test_the_painter_paints_upright_and_lying_maps(
    painter: Painter, tmp_path: Path, size: tuple[int, int]
) -> None:
    graph = SynthesizeGraph(painter.net, painter.trained, size, painter.siblings)
    export_onnx(graph, tmp_path / "graph.onnx")
    labels = np.random.default_rng(0).choice(painter.trained, (size[0] // 32, size[1] // 32)).astype(np.uint8)
    labels = labels.repeat(32, 0).repeat(32, 1)
    expected = run_graph(graph, labels, KEEP)
    assert expected.shape == (*size, 3)
    for backend in ("openvino", "onnxruntime"):
        error = np.abs(answer(tmp_path / "graph.onnx", backend, labels, KEEP).astype(int) - expected)
        assert error.max() <= 1 and error.mean() <= 0.01


def test_the_file_is_one_portable_static_graph(graph: SegmentGraph | SynthesizeGraph, file: Path) -> None:
    assert [path.name for path in file.parent.iterdir()] == ["graph.onnx"]
    model = onnx.load(file, load_external_data=False)
    assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", 18)]
    assert {node.op_type for node in model.graph.node} <= set(PORTABLE.split())
    ends = [*model.graph.input, *model.graph.output]
    assert tuple(end.name for end in ends) == graph.inputs + graph.outputs
    for end in ends:
        assert end.type.tensor_type.elem_type == TensorProto.UINT8
        assert all(side.dim_value > 0 for side in end.type.tensor_type.shape.dim)


def test_uint8_converts_only_to_and_from_float(file: Path) -> None:
    graph = onnx.shape_inference.infer_shapes(onnx.load(file)).graph
    known = [*graph.input, *graph.output, *graph.value_info]
    dtypes = {value.name: value.type.tensor_type.elem_type for value in known}
    dtypes |= {initializer.name: initializer.data_type for initializer in graph.initializer}
    for node in graph.node:
        pair = {dtypes[node.input[0]], dtypes[node.output[0]]}
        if node.op_type == "Cast" and TensorProto.UINT8 in pair:
            assert pair == {TensorProto.UINT8, TensorProto.FLOAT}, node.name


def test_the_file_tells_nothing_of_the_machine_that_made_it(file: Path) -> None:
    content = file.read_bytes()
    told = {str(Path.home()), os.getcwd(), sys.prefix, sys.base_prefix, str(file.parent)}
    told |= {".py", "torch", "site-packages", "stack_trace"}
    assert [word for word in told if word != "/" and word.encode() in content] == []


def test_half_weights_halve_the_file_and_hardly_change_the_answer(
    model: onnx.ModelProto, file: Path, tmp_path: Path, draw_frame: Callable[[int, int, int], np.ndarray]
) -> None:
    half = tmp_path / "half.onnx"
    save_onnx(with_half_weights(model), half)
    assert half.stat().st_size < 0.75 * file.stat().st_size
    for backend in BACKENDS:
        if "swap" in (end.name for end in model.graph.input):
            arrays = some_labels(7), KEEP
            error = np.abs(
                answer(half, backend.name, *arrays).astype(int) - answer(file, backend.name, *arrays)
            )
            assert error.max() <= 8 and error.mean() <= 0.5
        else:
            shape = [side.dim_value for side in model.graph.input[0].type.tensor_type.shape.dim]
            frame = draw_frame(shape[0], shape[1], 7)
            same = answer(half, backend.name, frame) == answer(file, backend.name, frame)
            assert same.mean() >= 0.98


class Plain(nn.Conv2d):
    """The smallest possible segmenter."""

    label_ids = (3, 5, 7)
    mean = (100.0, 110.0, 120.0)
    scale = 0.01


def test_exporting_again_gives_the_same_file(tmp_path: Path) -> None:
    graph = SegmentGraph(Plain(3, 3, 3), (32, 32), (32, 32))
    for name in ("first.onnx", "second.onnx"):
        export_onnx(graph, tmp_path / name, half_weights=True)
    assert (tmp_path / "first.onnx").read_bytes() == (tmp_path / "second.onnx").read_bytes()
