"""DeepLab v2 answers what its authors' own answers."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from export.checkpoints import load_deeplab
from export.deeplab_v2 import DeepLabV2
from export.graphs import SegmentGraph


@pytest.fixture(scope="module")
def published(published_state: Callable[[str], dict[str, torch.Tensor]], tmp_path_factory) -> DeepLabV2:
    path = tmp_path_factory.mktemp("published") / "deeplab.pth"
    torch.save(published_state("deeplab"), path)
    net = load_deeplab(path)
    path.unlink()
    assert isinstance(net, DeepLabV2)
    return net


@pytest.fixture(scope="module")
def cases(shared_parity: Path) -> dict[str, np.ndarray]:
    with np.load(shared_parity / "cases.npz") as archive:
        return dict(archive)


def test_names_and_shapes_are_the_published_ones(shared_parity: Path) -> None:
    with torch.device("meta"):
        ours = {name: list(value.shape) for name, value in DeepLabV2().state_dict().items()}
    assert ours == json.loads((shared_parity / "deeplabv2_cocostuff.json").read_text())


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
