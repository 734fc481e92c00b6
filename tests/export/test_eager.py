"""The eager nets that the exported graphs are compared with, and the counted cost of a graph."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from engines.errors import BackendError
from export.certificate import run_graph
from export.checkpoints import Painter
from export.eager import EagerPair, cost_of, measure_eager, need_cuda
from export.graphs import SegmentGraph, SynthesizeGraph
from export.nets.deeplab import DeepLabV3Plus

SIZE, KEEP = (64, 96), np.arange(256, dtype=np.uint8)


@pytest.fixture(scope="module")
def graphs(segmenter: DeepLabV3Plus, painter: Painter) -> tuple[SegmentGraph, SynthesizeGraph]:
    return SegmentGraph(segmenter, SIZE, SIZE), SynthesizeGraph(painter.net, painter.trained, SIZE)


def test_the_eager_pair_answers_what_the_graphs_answer(
    graphs: tuple[SegmentGraph, SynthesizeGraph], draw_frame: Callable[[int, int, int], np.ndarray]
) -> None:
    frame = draw_frame(*SIZE, 0)
    pair = EagerPair(*graphs, "fp32", device="cpu")
    labels, picture = pair(frame, KEEP)
    assert np.array_equal(labels, run_graph(graphs[0], frame))
    assert np.array_equal(picture, run_graph(graphs[1], labels, KEEP))
    assert np.array_equal(picture, pair.paint(labels, KEEP))
    figures = measure_eager(pair, [frame], rounds=3)
    assert figures["p95"] >= figures["p50"] > 0


class Plain(nn.Conv2d):
    """The smallest possible segmenter."""

    label_ids = (3, 5, 7, 9)
    mean = (100.0, 110.0, 120.0)
    scale = 0.01


def test_the_cost_of_a_graph_is_counted() -> None:
    cost = cost_of(SegmentGraph(Plain(3, 4, 3, padding=1), (320, 320), (320, 320)))
    assert cost.gmac == pytest.approx(320 * 320 * 3 * 4 * 9 / 1e9, abs=1e-3)
    picture = 320 * 320 * 4 / 1e9  # float32, one channel
    assert cost.gigabytes > (3 + 4) * picture


def test_without_cuda_the_error_says_what_is_missing() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    with pytest.raises(BackendError, match="CUDA build"):
        need_cuda()
