"""The label with the greatest value is the one that ArgMax gives."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch
from onnx import TensorProto, helper

from engines.backends import BACKENDS, open_engine
from engines.infer_once import host_inference
from export.exact.argmax import best_of
from export.graphs import SegmentGraph
from export.nets.deeplab import DeepLabV3Plus
from export.to_onnx import export_onnx, onnx_from_graph

SIZE = (64, 96)


def test_the_greatest_wins_and_of_equals_the_first() -> None:
    torch.manual_seed(0)
    values = torch.randint(0, 5, (1000, 7)).float()  # many are equal
    best, greatest = best_of(values)
    first = (values == values.amax(1, keepdim=True)).int().argmax(1)
    assert torch.equal(best, first.float())
    assert torch.equal(greatest, values.amax(1))


def test_a_place_with_only_nan_still_gets_a_valid_label() -> None:
    best, _ = best_of(torch.full((3, 4), torch.nan))
    assert set(best.tolist()) <= {0.0, 1.0, 2.0, 3.0}


class Levels(torch.nn.Module):
    """A segmenter with few levels of each colour, so that many labels are equally likely."""

    label_ids = (3, 5, 7)
    mean = (0.0, 0.0, 0.0)
    scale = 1.0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x / 64).floor()


@pytest.mark.parametrize("backend", [backend.name for backend in BACKENDS])
def test_of_equals_the_first_wins_in_every_runtime(backend: str, tmp_path: Path) -> None:
    graph = SegmentGraph(Levels(), (64, 64), (64, 64), steady=False)  # type: ignore[arg-type]
    export_onnx(graph, tmp_path / "graph.onnx")
    frame = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    first = np.array(Levels.label_ids)[(frame // 64).argmax(2)]
    engine = open_engine(tmp_path / "graph.onnx", backend, threads=1)
    assert np.array_equal(host_inference(engine)({"frame": frame}), first)
    engine.close()


@pytest.mark.parametrize("steady", [False, True])
def test_rounding_between_two_uses_of_a_value_cannot_make_a_label_up(
    segmenter: DeepLabV3Plus, draw_frame, steady: bool
) -> None:
    """A runtime may compute a value once for each use, in other kernels that round in other ways."""
    model = onnx_from_graph(SegmentGraph(segmenter, SIZE, SIZE, steady=steady))
    frame = draw_frame(*SIZE, 0)
    plain, rounded = _labels(model, frame), _labels(_rounding_all_but_the_first_use(model), frame)
    assert (plain == rounded).mean() >= 0.97


def _labels(model: onnx.ModelProto, frame: np.ndarray) -> np.ndarray:
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    inputs = {
        end.name: frame if end.name == "frame" else np.zeros(end.shape, np.float32)
        for end in session.get_inputs()
    }
    return session.run(["labels"], inputs)[0]


def _rounding_all_but_the_first_use(model: onnx.ModelProto) -> onnx.ModelProto:
    """Round the values that labels are chosen by to half precision, on all ways from them but the first."""
    typed = onnx.shape_inference.infer_shapes(model).graph
    floats = {
        value.name
        for value in typed.value_info
        if value.type.tensor_type.elem_type == TensorProto.FLOAT
        and [side.dim_value for side in value.type.tensor_type.shape.dim][1:] == [_label_count(model)]
    }
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    changed.graph.ClearField("node")
    used: set[str] = set()
    for node in model.graph.node:
        for place, name in enumerate(node.input):
            if name in floats and name in used:
                half, back = f"{name}.half.{node.name}", f"{name}.back.{node.name}"
                changed.graph.node.extend(
                    [
                        helper.make_node("Cast", [name], [half], to=TensorProto.FLOAT16),
                        helper.make_node("Cast", [half], [back], to=TensorProto.FLOAT),
                    ]
                )
                node.input[place] = back
            used.add(name)
        changed.graph.node.append(node)
    return changed


def _label_count(model: onnx.ModelProto) -> int:
    """Return the number of labels of a segment graph, from the table in which it looks up their ids."""
    (ids,) = (one for one in model.graph.initializer if one.name.endswith("ids"))
    return int(ids.dims[0])
