"""int8 in inner dense convolutions, and refused if it changes the answers too much."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto

from engines.backends import open_engine
from engines.errors import BackendError, ParityError, UsageError
from engines.infer_once import host_inference
from export.certificate import QUANTIZED
from export.precision.int8 import inner_convolutions, quantized
from export.precision.value_range import dtypes_of
from export.save_onnx import save_onnx
from export.write_bundle import make_bundle

Draw = Callable[[int, int, int], np.ndarray]


@pytest.fixture(scope="module")
def model(shipped: Callable[[str], onnx.ModelProto]) -> onnx.ModelProto:
    return shipped("segment")


@pytest.fixture(scope="module")
def result(model: onnx.ModelProto, scene_frames: list[np.ndarray]) -> onnx.ModelProto:
    ends = [end for end in model.graph.input if end.name != "frame"]
    shapes = {end.name: [side.dim_value for side in end.type.tensor_type.shape.dim] for end in ends}
    resting = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    return quantized(model, [{"frame": frame, **resting} for frame in scene_frames[::2]])


def test_inner_dense_convolutions_are_int8_and_no_others(
    model: onnx.ModelProto, result: onnx.ModelProto
) -> None:
    made = {name: node for node in result.graph.node for name in node.output}
    dtypes = dtypes_of(result)
    plain = []
    for node in (node for node in result.graph.node if node.op_type == "Conv"):
        sources = [made.get(name) for name in node.input[:2]]
        if all(source is not None and source.op_type == "DequantizeLinear" for source in sources):
            kinds = [dtypes[source.input[0]] for source in sources if source is not None]
            assert kinds == [TensorProto.UINT8, TensorProto.INT8]
            assert node.name in inner_convolutions(model)
        else:
            plain.append(node)
    groups = [attribute.i for node in plain for attribute in node.attribute if attribute.name == "group"]
    assert len(plain) - sum(group > 1 for group in groups) == 2  # the first and the last
    assert {opset.domain for opset in result.opset_import} == {""}


@pytest.mark.parametrize("backend", ["openvino", "onnxruntime"])
def test_labels_are_the_nets_own_as_far_as_the_certificate_asks(
    model: onnx.ModelProto,
    result: onnx.ModelProto,
    scene_frames: list[np.ndarray],
    tmp_path: Path,
    backend: str,
) -> None:
    found = []
    for graph in (model, result):
        save_onnx(graph, tmp_path / "graph.onnx")
        engine = open_engine(tmp_path / "graph.onnx", backend, threads=1)
        labels = [host_inference(engine)({"frame": frame}) for frame in scene_frames]
        engine.close()
        found.append(labels)
    assert np.mean(np.equal(*found)) >= QUANTIZED.labels


def test_a_bundle_whose_answers_int8_changes_is_refused(
    segmenter_file: Path, painter_file: Path, tmp_path: Path, draw_frame: Draw
) -> None:
    frames = [
        draw_frame(64, 64, seed) for seed in range(4)
    ]  # to a net with made-up weights nothing is certain
    with pytest.raises(ParityError, match="of labels agree"):
        make_bundle(
            segmenter_file, painter_file, tmp_path / "bad", frames, sizes=[(64, 64)], segment_precision="int8"
        )
    assert not (tmp_path / "bad" / "model.toml").exists()


def test_without_frames_or_without_the_quantizer(
    model: onnx.ModelProto, scene_frames: list[np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="Give some"):
        quantized(model, [])
    monkeypatch.setitem(sys.modules, "onnxruntime.quantization", None)
    with pytest.raises(BackendError, match=r"pip install 'neteyes\[cpu\]'"):
        quantized(model, [{"frame": scene_frames[0]}])
