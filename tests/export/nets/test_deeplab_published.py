"""DeepLab v2 gives the same answers as its authors' own network."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from engines.backends import open_engine
from export.certificate import run_graph
from export.checkpoints import load_deeplab
from export.graphs import SegmentGraph
from export.nets.deeplab_v2 import DeepLabV2
from export.to_onnx import export_onnx
from tests.fixtures import standins


@pytest.fixture(scope="module")
def published(standin: Callable[..., Path]) -> DeepLabV2:
    net = load_deeplab(standin("deeplab"))
    assert isinstance(net, DeepLabV2)
    return net


def test_names_and_shapes_are_the_published_ones() -> None:
    with torch.device("meta"):
        ours = {name: list(value.shape) for name, value in DeepLabV2().state_dict().items()}
    assert ours == standins.published_shapes("deeplab")


@pytest.mark.slow
@pytest.mark.parametrize("case", ["a", "b"])
def test_logits_and_label_maps_are_the_authors(
    published: DeepLabV2, cases: dict[str, np.ndarray], case: str
) -> None:
    frame, labels = cases[f"{case}_frame_bgr"], cases[f"{case}_labels"]
    height, width = labels.shape
    with torch.no_grad():
        logits = SegmentGraph(published, (height, width), (height, width)).logits(torch.from_numpy(frame))
    expected = cases[f"{case}_logits"]
    assert np.abs(logits[0].numpy() - expected).max() <= 1e-3 * np.abs(expected).max()

    for size in [(height, width), (256, 512), (64, 32)]:  # as it is, and picked larger and smaller
        rows, columns = np.arange(size[0]) * height // size[0], np.arange(size[1]) * width // size[1]
        ours = SegmentGraph(published, (height, width), size).labels(logits).numpy()
        assert (ours == labels[rows[:, None], columns]).mean() >= 0.999


@pytest.mark.parametrize("size", [(241, 321), (181, 321), (113, 113)], ids=str)
def test_every_runtime_rounds_odd_sizes_as_the_net_does(
    narrow_file: Path,
    draw_frame: Callable[[int, int, int], np.ndarray],
    tmp_path: Path,
    size: tuple[int, int],
) -> None:
    """Strides, a pool with a ceiling and three scales round one by one: a pixel's shift would show."""
    graph = SegmentGraph(load_deeplab(narrow_file), size, (256, 256))
    export_onnx(graph, tmp_path / "segment.onnx")
    frame = draw_frame(*size, 1)
    expected = run_graph(graph, frame)
    assert len(np.unique(expected)) >= 3, "a frame that shows nothing"
    for backend in ("openvino", "onnxruntime"):
        engine = open_engine(tmp_path / "segment.onnx", backend)
        labels = engine.outputs[0].empty()
        engine({"frame": frame}, {"labels": labels})
        engine.close()
        assert (labels == expected).mean() >= 0.999
