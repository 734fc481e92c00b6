"""Two checkpoints become a bundle that opens, and whose engines answer what the nets answer."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engines.bundle import Bundle, open_bundle
from engines.engine import BACKENDS
from engines.errors import BundleError, UsageError
from export.bundle import make_bundle, to_toml, write_bundle
from export.checkpoints import Painter
from export.deeplab import DeepLabV3Plus
from export.graphs import SegmentGraph, SynthesizeGraph
from export.parity import CERTIFICATE, Parity

Draw = Callable[[int, int, int], np.ndarray]
ABOUT = {"description": 'Small, and "odd".', "credits": ["one", "two"], "likeness": {"segment.accuracy": 0.5}}


@pytest.fixture(scope="module")
def made(
    segmenter_file: Path, painter_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Bundle, list[Parity]]:
    frames = [np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)]
    out = tmp_path_factory.mktemp("bundles") / "tiny"
    return make_bundle(segmenter_file, painter_file, out, frames, size=(64, 96), about=ABOUT)


def test_the_bundle_opens_and_its_card_says_what_it_is(
    made: tuple[Bundle, list[Parity]], segmenter: DeepLabV3Plus
) -> None:
    bundle = open_bundle(made[0].folder)
    assert bundle.name == "tiny"
    assert bundle.card.description == ABOUT["description"]
    assert bundle.card.credits == ("one", "two")
    assert bundle.card.likeness == {"segment.accuracy": 0.5}
    for part in (bundle.card.segment, bundle.card.synthesize):
        assert part.size == (96, 64)  # width × height
        assert part.trained == segmenter.label_ids
    assert bundle.card.synthesize.siblings == {"cat": "dog", "clouds": "sky-other"}


def test_every_runtime_is_certified(made: tuple[Bundle, list[Parity]]) -> None:
    bundle, results = made
    assert len(results) == len(BACKENDS)
    certificate = json.loads((bundle.folder / CERTIFICATE).read_text())
    assert [engine["backend"] for engine in certificate["engines"]] == [result.backend for result in results]
    assert all(engine["labels"] >= 0.999 for engine in certificate["engines"])


def test_a_bundle_is_never_overwritten_unasked(
    made: tuple[Bundle, list[Parity]], segmenter: DeepLabV3Plus, painter: Painter
) -> None:
    segment = SegmentGraph(segmenter, (64, 64), (64, 64))
    synthesize = SynthesizeGraph(painter.net, painter.trained, (64, 64))
    with pytest.raises(BundleError, match="holds a bundle already"):
        write_bundle(made[0].folder, segment, synthesize)
    open_bundle(made[0].folder)


def test_graphs_that_do_not_fit_each_other(
    segmenter: DeepLabV3Plus, painter: Painter, tmp_path: Path
) -> None:
    segment = SegmentGraph(segmenter, (64, 64), (64, 64))
    synthesize = SynthesizeGraph(painter.net, painter.trained, (64, 96))
    with pytest.raises(BundleError, match="64x64, the synthesizer takes 96x64"):
        write_bundle(tmp_path / "odd", segment, synthesize)


def test_a_size_that_spade_cannot_paint(segmenter_file: Path, painter_file: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="multiples of 32"):
        make_bundle(segmenter_file, painter_file, tmp_path / "odd", [], size=(100, 96))


def test_toml_comes_back() -> None:
    table = {
        "format": 1,
        "text": 'quotes " and \\ and\nlines, ü',
        "list": ["a", "b"],
        "pair": (1, 2),
        "number": 0.25,
        "section": {"plain": True, "inner": {"baseball bat": "person", "ünder.dot": "x"}},
        "empty": {},
    }
    expected = {**table, "pair": [1, 2]}
    del expected["empty"]
    assert tomllib.loads(to_toml(table)) == expected
