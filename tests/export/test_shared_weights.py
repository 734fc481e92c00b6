"""Graphs of several sizes share one file of weights, and still answer as their nets do."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest

from engines.bundle import Bundle, open_bundle, sha256_of
from engines.compare import Parity
from engines.errors import BackendError, BundleError, UsageError
from engines.sizes import Size
from export.certificate import CERTIFICATE
from export.shared_weights import NAMED
from export.write_bundle import make_bundle

Draw = Callable[[int, int, int], np.ndarray]
Made = tuple[Bundle, list[tuple[Size, Parity]]]
SIZES = [(64, 64), (64, 96), (96, 64)]


@pytest.fixture(scope="module")
def made(segmenter_file: Path, painter_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    frames = [np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)]
    out = tmp_path_factory.mktemp("bundles") / "sized"
    return make_bundle(segmenter_file, painter_file, out, frames, sizes=SIZES, argmax=2)


def test_weights_are_stored_once_whatever_the_number_of_sizes(
    made: Made, segmenter_file: Path, painter_file: Path, tmp_path: Path
) -> None:
    frames = [np.zeros((64, 64, 3), np.uint8)]
    one, _ = make_bundle(segmenter_file, painter_file, tmp_path / "one", frames, sizes=SIZES[:1], argmax=2)
    assert one.card.weights == {}
    several = made[0]
    assert set(several.card.weights) == {"segment.weights", "synthesize.weights"}
    stored = (several.folder / "segment.weights").stat().st_size
    graphs = sum((several.folder / sized.card.segment.file).stat().st_size for sized in several.each_size())
    assert stored <= one.segment.stat().st_size  # in the graph there are its nodes as well
    assert graphs <= 0.2 * stored + 3 * 200_000


def test_each_size_is_certified_in_every_runtime(made: Made) -> None:
    bundle, results = made
    assert bundle.sizes == tuple(SIZES)
    certificate = json.loads((bundle.folder / CERTIFICATE).read_text())
    sizes = [certificate, *certificate["sizes"]]
    assert [size["graphs"]["synthesize"]["size"] for size in sizes] == [[64, 64], [96, 64], [64, 96]]
    assert len(results) == sum(len(size["engines"]) for size in sizes) == 3 * len(certificate["engines"])
    assert certificate["weights"] == bundle.card.weights


def test_the_sha256_of_a_graph_stands_for_its_weights_too(
    made: Made,
) -> None:
    bundle, _ = made
    for sized in bundle.each_size():
        for net, path in (("segment", sized.segment), ("synthesize", sized.synthesize)):
            model = onnx.load(path, load_external_data=False)
            named = {entry.key: entry.value for entry in model.metadata_props}
            assert named[NAMED] == sha256_of(bundle.folder / f"{net}.weights")


@pytest.mark.parametrize("backend", ["openvino", "onnxruntime"])
def test_weights_that_were_altered_or_are_missing_are_refused(
    made: Made, tmp_path: Path, backend: str
) -> None:
    folder = shutil.copytree(made[0].folder, tmp_path / "copy")
    weights = folder / "synthesize.weights"
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    with pytest.raises(BundleError, match=r"synthesize\.weights was altered"):
        open_bundle(folder)
    bundle = made[0]
    weights.unlink()
    with pytest.raises(BundleError, match=r"lacks synthesize\.weights"):
        open_bundle(folder)
    with pytest.raises(BackendError, match="refuses"):
        Bundle(folder, bundle.card).open("synthesize", backend)


def test_a_bundle_that_is_replaced_leaves_no_graph_of_a_size_it_had(
    made: Made, segmenter_file: Path, painter_file: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(made[0].folder, tmp_path / "copy")
    frames = [np.zeros((64, 64, 3), np.uint8)]
    make_bundle(segmenter_file, painter_file, folder, frames, sizes=SIZES[:1], argmax=2, overwrite=True)
    left = {path.name for path in folder.iterdir()}
    assert left == {"model.toml", "parity.json", "segment.onnx", "synthesize.onnx"}


def test_each_size_of_frames_needs_a_size(segmenter_file: Path, painter_file: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="3 sizes and 1 of frames"):
        make_bundle(segmenter_file, painter_file, tmp_path / "odd", [], sizes=SIZES, frame_sizes=[(64, 64)])
