"""Only engines with the answers of their nets get a certificate."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engines.bundle import Bundle, open_bundle
from engines.certificate import CERTIFICATE
from engines.compare import EXACT, Parity
from engines.engine import Engine
from engines.errors import ParityError, UsageError
from engines.sizes import Size
from export.certificate import certify
from export.checkpoints import Painter
from export.graphs import SegmentGraph, SynthesizeGraph
from export.nets.deeplab import DeepLabV3Plus
from export.write_bundle import write_bundle

SIZE = (64, 96)
Made = tuple[Bundle, list[tuple[Size, Parity]]]
Graphs = tuple[Bundle, list[tuple[SegmentGraph, SynthesizeGraph]]]
Draw = Callable[[int, int, int], np.ndarray]


@pytest.fixture
def graphs(
    made_bundle: Made,
    segmenter: DeepLabV3Plus,
    painter: Painter,
    tmp_path: Path,
) -> Graphs:
    """A bundle without a certificate, and the eager graphs it was made from."""
    folder = tmp_path / "tiny"
    shutil.copytree(made_bundle[0].folder, folder)
    (folder / CERTIFICATE).unlink()
    segment = SegmentGraph(segmenter, SIZE, SIZE, argmax=2)
    synthesize = SynthesizeGraph(painter.net, painter.trained, SIZE, painter.siblings)
    return open_bundle(folder), [(segment, synthesize)]


def test_good_engines_get_a_certificate(graphs: Graphs, draw_frame: Draw) -> None:
    results = certify(*graphs, [draw_frame(*SIZE, seed) for seed in range(3)])
    assert {result.frames for _, result in results} == {3}
    for _, result in results:
        assert result.labels >= EXACT.labels and result.worst <= EXACT.worst
    assert (graphs[0].folder / CERTIFICATE).is_file()


@pytest.mark.parametrize("part", ["segment", "synthesize"])
def test_a_net_that_is_not_the_exported_one_is_found_out(graphs: Graphs, draw_frame: Draw, part: str) -> None:
    net = graphs[1][0][0 if part == "segment" else 1].net
    last = net.head.classify.bias if part == "segment" else net.conv_img.bias
    kept = last.clone()
    with torch.no_grad():
        last += torch.linspace(-2, 2, len(last))
    try:
        with pytest.raises(ParityError, match="does not answer what the nets answer"):
            certify(*graphs, [draw_frame(*SIZE, 0)], backends=["onnxruntime"])
    finally:
        with torch.no_grad():
            last.copy_(kept)
    assert not (graphs[0].folder / CERTIFICATE).exists()


class Forgetful:
    """An engine whose answers are right but for what it remembers."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.backend = engine, engine.backend
        self.inputs, self.outputs = engine.inputs, engine.outputs

    def __call__(self, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
        self.engine(inputs, outputs)
        if "memory_next" in outputs:
            outputs["memory_next"][...] = 0

    def close(self) -> None:
        self.engine.close()


def test_an_engine_that_is_wrong_only_in_what_it_remembers_is_found_out(
    graphs: Graphs, draw_frame: Draw, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment, synthesize = graphs[1][0]
    steady = SegmentGraph(segment.net, SIZE, SIZE, argmax=2, steady=True)
    bundle = write_bundle(tmp_path / "steady", [(steady, synthesize)])
    still = [draw_frame(*SIZE, 0)] * 4  # its labels are the same without a memory
    for _, result in certify(bundle, [(steady, synthesize)], still, backends=["onnxruntime"]):
        assert result.memory is not None and result.memory < EXACT.memory
    opened = Bundle.open
    monkeypatch.setattr(Bundle, "open", lambda *one, **more: Forgetful(opened(*one, **more)))
    with pytest.raises(ParityError, match="what it remembers differs"):
        certify(bundle, [(steady, synthesize)], still, backends=["onnxruntime"])


def test_the_error_names_each_figure_past_its_limit() -> None:
    with pytest.raises(ParityError) as caught:
        Parity("some runtime", frames=1, labels=0.5, mean=3.0, worst=40).check(EXACT)
    for fact in ("some runtime", "50.00% of labels", "3.00/255 on average", "40/255 at its worst"):
        assert fact in str(caught.value)


def test_no_frames_no_certificate(graphs: Graphs) -> None:
    with pytest.raises(UsageError):
        certify(*graphs, [])
