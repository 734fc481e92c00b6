"""The published pair, exported: every runtime gives the answers of the authors' own networks."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engines.backends import installed_backends, open_engine
from engines.labels import KEEP
from export.checkpoints import load_deeplab, load_spade
from export.graphs import SegmentGraph, SynthesizeGraph
from export.write_bundle import write_bundle


def answer(path: Path, backend: str, **inputs: np.ndarray) -> np.ndarray:
    engine = open_engine(path, backend)
    outputs = {spec.name: spec.empty() for spec in engine.outputs}
    engine(inputs, outputs)
    engine.close()
    (only,) = outputs.values()
    return only


def picked(size: int, there: int) -> np.ndarray:
    """Return the pixels, of `there`, that a nearest resize to `size` takes."""
    return np.arange(size) * there // size


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("case", "old"), [("a", False), ("b", True)])
def test_the_files_answer_as_the_authors_networks(
    standin: Callable[..., Path], drawn_cases: dict[str, np.ndarray], tmp_path: Path, case: str, old: bool
) -> None:
    """A frame of 321x241 and a map of 256x256 from the new spelling, 256x256 and 512x256 from the old."""
    cases = drawn_cases
    frame, labels = cases[f"{case}_frame_bgr"], cases[f"{case}_labels"]
    label_map, picture = cases[f"{case}_label_map"], cases[f"{case}_picture"]
    rows, columns = map(picked, label_map.shape, labels.shape)
    painter = load_spade(standin("spade", old=old))
    segment = SegmentGraph(load_deeplab(standin("deeplab")), frame.shape[:2], label_map.shape)
    synthesize = SynthesizeGraph(painter.net, painter.trained, label_map.shape)
    bundle = write_bundle(tmp_path / "coco", [(segment, synthesize)], plain=old)
    expected = (picture[::-1].transpose(1, 2, 0) + 1) * 127.5  # (H, W, 3) BGR
    for backend in installed_backends():
        seen = answer(bundle.segment, backend, frame=frame)
        assert (seen == labels[rows[:, None], columns]).mean() >= 0.999
        variants = bundle.card.synthesize.variants.values()
        for written in {bundle.synthesize, *(bundle.folder / variant.file for variant in variants)}:
            off = np.abs(answer(written, backend, labels=label_map, swap=KEEP) - expected).max(2)
            assert (off <= 1).mean() >= 0.999, written.name
    shutil.rmtree(bundle.folder)  # more than half a gigabyte
