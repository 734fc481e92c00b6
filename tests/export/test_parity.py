"""A certificate is given only to engines that answer what their nets answer."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from engines.bundle import Bundle
from engines.errors import ParityError, UsageError
from export.bundle import write_bundle
from export.checkpoints import Painter
from export.deeplab import DeepLabV3Plus
from export.graphs import SegmentGraph, SynthesizeGraph
from export.parity import CERTIFICATE, EXACT, Parity, certify

Graphs = tuple[Bundle, SegmentGraph, SynthesizeGraph]
Draw = Callable[[int, int, int], np.ndarray]


@pytest.fixture(scope="module")
def graphs(segmenter: DeepLabV3Plus, painter: Painter, tmp_path_factory: pytest.TempPathFactory) -> Graphs:
    segment = SegmentGraph(segmenter, (64, 64), (64, 64), argmax=2)
    synthesize = SynthesizeGraph(painter.net, painter.trained, (64, 64), painter.siblings)
    bundle = write_bundle(tmp_path_factory.mktemp("parity") / "tiny", segment, synthesize)
    return bundle, segment, synthesize


def test_good_engines_get_a_certificate(graphs: Graphs, draw_frame: Draw) -> None:
    results = certify(*graphs, [draw_frame(64, 64, seed) for seed in range(3)])
    assert {result.frames for result in results} == {3}
    for result in results:
        assert result.labels >= EXACT.labels and result.worst <= EXACT.worst
    assert (graphs[0].folder / CERTIFICATE).is_file()


@pytest.mark.parametrize("part", ["segment", "synthesize"])
def test_a_net_that_is_not_the_exported_one_is_found_out(
    graphs: Graphs, draw_frame: Draw, tmp_path: Path, part: str
) -> None:
    (graphs[0].folder / CERTIFICATE).unlink(missing_ok=True)
    net = graphs[1 if part == "segment" else 2].net
    last = net.head.classify.bias if part == "segment" else net.conv_img.bias
    kept = last.clone()
    with torch.no_grad():
        last += torch.linspace(-2, 2, len(last))
    try:
        with pytest.raises(ParityError, match="does not answer what the nets answer"):
            certify(*graphs, [draw_frame(64, 64, 0)], backends=["onnxruntime"])
    finally:
        with torch.no_grad():
            last.copy_(kept)
    assert not (graphs[0].folder / CERTIFICATE).exists()


def test_each_limit_is_told() -> None:
    with pytest.raises(ParityError) as caught:
        Parity("some runtime", frames=1, labels=0.5, mean=3.0, worst=40).check(EXACT)
    for fact in ("some runtime", "50.00% of labels", "3.00/255 on average", "40/255 at its worst"):
        assert fact in str(caught.value)


def test_no_frames_no_certificate(graphs: Graphs) -> None:
    with pytest.raises(UsageError):
        certify(*graphs, [])
