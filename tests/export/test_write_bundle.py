"""Two checkpoints become a bundle that opens; its engines give the nets' answers."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from engines.backends import BACKENDS
from engines.bundle import Bundle, open_bundle
from engines.certificate import CERTIFICATE
from engines.compare import EXACT, HALF, Limits, Parity
from engines.errors import BundleError, ParityError, UsageError
from engines.sizes import Size
from export.certificate import HALF_WEIGHTS, QUANTIZED, limits_for
from export.checkpoints import Painter
from export.graphs import SegmentGraph, SynthesizeGraph
from export.nets.deeplab import DeepLabV3Plus
from export.write_bundle import make_bundle, write_bundle

Made = tuple[Bundle, list[tuple[Size, Parity]]]


def test_the_bundle_opens_and_its_card_says_what_it_is(made_bundle: Made, segmenter: DeepLabV3Plus) -> None:
    bundle = open_bundle(made_bundle[0].folder)
    assert bundle.name == "tiny"
    assert bundle.card.description == 'Small, and "odd".'
    assert bundle.card.credits == ("one", "two")
    assert bundle.card.likeness == {"segment.accuracy": 0.5}
    assert bundle.card.segment.argmax == 2
    for part in (bundle.card.segment, bundle.card.synthesize):
        assert part.size == (64, 96)
        assert part.trained == segmenter.label_ids
    assert bundle.card.synthesize.siblings == {"bird": "dog", "clouds": "sky-other"}


def test_every_runtime_is_certified(made_bundle: Made) -> None:
    bundle, results = made_bundle
    assert len(results) == len(BACKENDS)
    certificate = json.loads((bundle.folder / CERTIFICATE).read_text())
    assert [engine["backend"] for engine in certificate["engines"]] == [
        result.backend for _, result in results
    ]
    assert all(engine["labels"] >= 0.999 for engine in certificate["engines"])
    for name, part in (("segment", bundle.card.segment), ("synthesize", bundle.card.synthesize)):
        graph = {"sha256": part.sha256, "size": list(part.width_height), "precision": "fp32"}
        assert certificate["graphs"][name] == graph


def test_the_card_says_that_the_segmenter_is_the_live_one(
    narrow_file: Path, painter_file: Path, draw_frame: Callable[[int, int, int], np.ndarray], tmp_path: Path
) -> None:
    bundle, parities = make_bundle(
        narrow_file,
        painter_file,
        tmp_path / "quick",
        [draw_frame(41, 65, 0)],
        sizes=[(32, 64)],
        frame_sizes=[(41, 65)],
        quality="live",
        segment_precision="fp16",
    )
    assert (bundle.card.segment.quality, bundle.card.segment.size) == ("live", (41, 65))
    assert (bundle.card.segment.precision, bundle.card.synthesize.precision) == ("fp16", "fp32")
    assert all(parity.labels is not None and parity.labels >= HALF.labels for _, parity in parities)


def test_each_graph_is_held_to_what_its_precision_allows(made_bundle: Made) -> None:
    card = made_bundle[0].card
    quantized = replace(card, segment=replace(card.segment, precision="int8"))
    assert limits_for(card) == EXACT
    assert limits_for(quantized) == Limits(QUANTIZED.labels, EXACT.mean, EXACT.worst, QUANTIZED.memory)
    assert limits_for(quantized, half_weights=True).mean == HALF_WEIGHTS.mean


def test_a_bundle_is_not_overwritten_without_overwrite(
    made_bundle: Made, segmenter: DeepLabV3Plus, painter: Painter
) -> None:
    segment = SegmentGraph(segmenter, (64, 64), (64, 64))
    synthesize = SynthesizeGraph(painter.net, painter.trained, (64, 64))
    with pytest.raises(BundleError, match="holds a bundle already"):
        write_bundle(made_bundle[0].folder, [(segment, synthesize)])
    open_bundle(made_bundle[0].folder)


def test_graphs_that_do_not_fit_each_other(
    segmenter: DeepLabV3Plus, painter: Painter, tmp_path: Path
) -> None:
    segment = SegmentGraph(segmenter, (64, 64), (64, 64))
    synthesize = SynthesizeGraph(painter.net, painter.trained, (64, 96))
    with pytest.raises(BundleError, match="64x64, the synthesizer takes 96x64"):
        write_bundle(tmp_path / "odd", [(segment, synthesize)])


def test_a_size_that_spade_cannot_paint(segmenter_file: Path, painter_file: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="multiples of 32"):
        make_bundle(segmenter_file, painter_file, tmp_path / "odd", [], sizes=[(100, 96)])


def test_a_folder_that_fails_its_certificate_is_no_bundle(
    segmenter_file: Path, painter_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    impossible = Limits(labels=1.1, mean=0, worst=0)
    monkeypatch.setattr("export.write_bundle.limits_for", lambda *_, **__: impossible)
    frame = np.zeros((32, 32, 3), np.uint8)
    with pytest.raises(ParityError):
        make_bundle(segmenter_file, painter_file, tmp_path / "bad", [frame], sizes=[(32, 32)])
    with pytest.raises(BundleError, match="is no bundle"):
        open_bundle(tmp_path / "bad")
