"""A segmenter of other people gives the same labels inside the graph as outside, in COCO-Stuff's ids."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from torch.nn import functional as F

from engines.backends import BACKENDS, open_engine
from engines.bundle import open_bundle
from engines.certificate import CERTIFICATE, read_certificate
from engines.errors import BackendError, CheckpointError, ParityError, UsageError
from engines.label_mapping import map_space
from engines.labels import UNLABELLED
from export.adopt.adopt import adopt
from export.adopt.inspect_onnx import read_net
from export.adopt.wrap_onnx import Manner, surround
from tests.fixtures.foreign import weights, write_net

IDS = map_space("cityscapes").ids
MANNER = Manner((120.0, 110.0, 100.0), (1 / 60, 1 / 50, 1 / 40), rgb=True)
BLOCKS = np.random.default_rng(5).integers(0, 256, (6, 8, 3), dtype=np.uint8)
FRAME = np.ascontiguousarray(BLOCKS.repeat(8, 0).repeat(8, 1))


def answer(model: onnx.ModelProto, path: Path, frame: np.ndarray, backend: str = "onnxruntime") -> np.ndarray:
    """Return a runtime's labels from a segment graph."""
    path.write_bytes(model.SerializeToString())
    engine = open_engine(path, backend, threads=1)
    assert [(spec.name, spec.dtype) for spec in engine.inputs] == [("frame", np.uint8)]
    labels = engine.outputs[0].empty()
    engine({"frame": frame}, {"labels": labels})
    engine.close()
    return labels


def torch_labels(frame: np.ndarray, manner: Manner, stride: int, size: tuple[int, int]) -> np.ndarray:
    """Return labels as published, in torch: bilinear to the frame's size, argmax, nearest."""
    pixels = torch.from_numpy(frame.copy()).float()
    pixels = pixels.flip(2) if manner.rgb else pixels
    pixels = (pixels - torch.tensor(manner.mean)) * torch.tensor(manner.scale)
    weight, bias = map(torch.from_numpy, weights(len(IDS)))
    logits = F.conv2d(F.avg_pool2d(pixels.permute(2, 0, 1)[None], stride), weight, bias)
    logits = F.interpolate(logits, frame.shape[:2], mode="bilinear", align_corners=False)
    best = logits.argmax(1)[0].numpy()
    rows, columns = (np.arange(new) * old // new for new, old in zip(size, best.shape, strict=True))
    return np.array(IDS, np.uint8)[best[rows[:, None], columns]]


HABITS = [
    {},
    {"first": False},
    {"batch": False},
    {"first": False, "batch": False},
    {"dtype": "float16"},
    {"stride": 1},
    {"stride": 1, "first": False},
    {"opset": 13},
    {"opset": 21},
    {"size": ("height", "width")},
]


@pytest.mark.parametrize("backend", [backend.name for backend in BACKENDS])
@pytest.mark.parametrize("habit", HABITS, ids=str)
def test_nets_of_all_layouts_and_dtypes(tmp_path: Path, habit: dict[str, Any], backend: str) -> None:
    net = read_net(write_net(tmp_path / "net.onnx", 19, **habit), 19, size=(48, 64))
    assert (net.answers, net.frame_size) == ("logits", (48, 64))
    graph = surround(net, MANNER, IDS, (32, 96))
    expected = torch_labels(FRAME, MANNER, habit.get("stride", 4), (32, 96))
    assert len(np.unique(expected)) > 4
    assert (answer(graph, tmp_path / "graph.onnx", FRAME, backend) == expected).mean() > 0.99


@pytest.mark.parametrize("size", [(48, 64), (96, 128), (33, 50)])
def test_label_maps_of_any_size(tmp_path: Path, size: tuple[int, int]) -> None:
    net = read_net(write_net(tmp_path / "net.onnx", 19), 19)
    labels = answer(surround(net, MANNER, IDS, size), tmp_path / "graph.onnx", FRAME)
    assert labels.shape == size
    assert (labels == torch_labels(FRAME, MANNER, 4, size)).mean() > 0.999


def test_a_net_that_takes_bgr_without_normalisation(tmp_path: Path) -> None:
    manner = Manner((0, 0, 0), (1, 1, 1), rgb=False)
    net = read_net(write_net(tmp_path / "net.onnx", 19, dtype="uint8"), 19)
    labels = answer(surround(net, manner, IDS, (48, 64)), tmp_path / "graph.onnx", FRAME)
    assert (labels == torch_labels(FRAME, manner, 4, (48, 64))).mean() > 0.999


@pytest.mark.parametrize("habit", [{}, {"batch": False}, {"first": False}], ids=str)
def test_a_net_that_answers_labels(tmp_path: Path, habit: dict[str, Any]) -> None:
    path = write_net(tmp_path / "net.onnx", 19, answers=["labels"], stride=1, **habit)
    net = read_net(path, 19)
    assert net.answers == "labels"
    labels = answer(surround(net, MANNER, IDS, (32, 96)), tmp_path / "graph.onnx", FRAME)
    assert (labels == torch_labels(FRAME, MANNER, 1, (32, 96))).mean() > 0.999


@pytest.mark.parametrize("known", [2, 19])
def test_labels_that_are_not_on_the_list_become_unlabelled(tmp_path: Path, known: int) -> None:
    path = write_net(tmp_path / "net.onnx", 19, answers=["labels"], stride=1)
    net = read_net(path, known)
    labels = answer(surround(net, MANNER, IDS[:known], (48, 64)), tmp_path / "graph.onnx", FRAME)
    expected = torch_labels(FRAME, MANNER, 1, (48, 64))
    expected = np.where(np.isin(expected, IDS[:known]), expected, UNLABELLED)
    assert (labels == expected).mean() > 0.999


def test_one_of_several_outputs(tmp_path: Path) -> None:
    path = write_net(tmp_path / "net.onnx", 19, answers=["few", "logits", "logits"])
    with pytest.raises(UsageError, match=r"logits1, logits2\. Choose with --output"):
        read_net(path, 19)
    assert read_net(path, 19, output="logits2").output.endswith("logits2")
    assert read_net(path, 18).output.endswith("few0")


def test_a_list_of_another_number_of_labels_is_refused(tmp_path: Path) -> None:
    path = write_net(tmp_path / "net.onnx", 19)
    with pytest.raises(UsageError, match=r"answers logits0 float32 1×19×12×16; none is a map of 21 logits"):
        read_net(path, 21)


def test_the_size_of_the_frame(tmp_path: Path) -> None:
    anything = write_net(tmp_path / "any.onnx", 19, ("h", "w"))
    with pytest.raises(UsageError, match=r"any size\. Choose one with --size"):
        read_net(anything, 19)
    model = onnx.load(anything)  # that only one size can really pass
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.array([1, 19, 192]), "fixed"))
    model.graph.node.append(onnx.helper.make_node("Reshape", ["logits0", "fixed"], ["flat"]))
    model.graph.output.append(onnx.helper.make_tensor_value_info("flat", 1, None))
    onnx.save(model, anything)
    assert read_net(anything, 19, size=(48, 64)).frame_size == (48, 64)
    with pytest.raises(BackendError, match="does not run on 1×3×96×64"):
        read_net(anything, 19, size=(96, 64))
    with pytest.raises(UsageError, match="frames of 64x48 only"):
        read_net(write_net(tmp_path / "net.onnx", 19), 19, size=(64, 48))


def test_a_file_that_is_no_segmenter_of_one_frame_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    with pytest.raises(CheckpointError, match=r"There is no .*net\.onnx"):
        read_net(path, 19)
    for content in (b"", b"not ONNX at all"):
        path.write_bytes(content)
        with pytest.raises(CheckpointError, match="ONNX"):
            read_net(path, 19)
    model = onnx.load(write_net(path, 19))
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 4
    onnx.save(model, path)
    with pytest.raises(CheckpointError, match="takes 1×4×48×64; one frame is"):
        read_net(path, 19)
    model.graph.input.append(onnx.helper.make_tensor_value_info("memory", 1, [1]))
    onnx.save(model, path)
    with pytest.raises(CheckpointError, match=r"takes 2 inputs \(pixels, memory\)"):
        read_net(path, 19)


def test_the_bundle_says_what_it_is_and_is_certified(tmp_path: Path) -> None:
    net = read_net(write_net(tmp_path / "net.onnx", 19, answers=["labels"]), 19)
    small = open_bundle("small")
    folder = tmp_path / "mine"
    bundle, agreements = adopt(
        folder, net, MANNER, map_space("cityscapes"), small, [FRAME], {"license": "MIT"}
    )
    assert bundle.card.segment.answers == "labels"
    assert bundle.card.segment.size == (48, 64)
    assert bundle.card.segment.trained == map_space("cityscapes").trained
    assert bundle.card.synthesize == small.card.synthesize
    assert bundle.card.license == "MIT"
    assert set(bundle.card.weights) == {"synthesize.weights"}  # not the weights of small's own segmenter
    assert not (folder / "segment.weights").exists()
    read_certificate(bundle)
    assert [one.labels for one in agreements] == [1.0] * len(BACKENDS)
    certificate = json.loads((folder / CERTIFICATE).read_text())
    assert [engine["labels"] for engine in certificate["engines"]] == [1.0] * len(BACKENDS)
    assert certificate["synthesize"] == json.loads((small.folder / CERTIFICATE).read_text())


def test_a_graph_with_other_labels_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("export.adopt.adopt.ALIKE", 1.1)
    net = read_net(write_net(tmp_path / "net.onnx", 19), 19)
    with pytest.raises(ParityError, match=r"gives only 100\.00% of pixels"):
        adopt(tmp_path / "mine", net, MANNER, map_space("cityscapes"), open_bundle("small"), [FRAME])
    assert not (tmp_path / "mine" / "model.toml").exists()
