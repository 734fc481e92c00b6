"""Small nets with made-up weights that still answer something different at every corner of a frame."""

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from engines.bundle import Bundle
from export.bundle import make_bundle
from export.checkpoints import Painter
from export.deeplab import DeepLabV3Plus
from export.parity import Parity
from export.spade import Generator, SpadeConfig

IDS = (0, 2, 17, 34, 95, 123, 148, 156, 168, 181)
SIBLINGS = {15: 17, 105: 156}
CONFIG = SpadeConfig(
    labels=len(IDS), width=4, widest=16, hidden=8, kernel=1, grain=4, shuffle=True, plain_shortcut=True
)


def _start(net: nn.Module) -> None:
    """Weights that carry a signal to the far end, as trained ones do."""
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


@pytest.fixture(scope="session")
def segmenter() -> DeepLabV3Plus:
    torch.manual_seed(1)
    net = DeepLabV3Plus(IDS, width=16).train()
    _start(net)
    seen = nn.functional.interpolate(torch.randn(8, 3, 8, 8), (64, 64)).clamp(-1, 1)
    with torch.no_grad():
        for _ in range(30):
            net(seen)  # batch norms that have seen something
        logits = net.eval()(seen)
        net.head.classify.bias -= logits.mean((0, 2, 3))  # no label wins everywhere
    return net.requires_grad_(False)


@pytest.fixture(scope="session")
def painter() -> Painter:
    torch.manual_seed(2)
    net = Generator(CONFIG)
    _start(net)
    nn.init.normal_(net.conv_img.weight, std=0.02)
    return Painter(net.eval().requires_grad_(False), IDS, SIBLINGS)


@pytest.fixture(scope="session")
def segmenter_file(segmenter: DeepLabV3Plus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("segmenter") / "best.pt"
    torch.save(segmenter.to_checkpoint(), path)
    return path


@pytest.fixture(scope="session")
def painter_file(painter: Painter, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("painter") / "best.pt"
    config = {name: getattr(CONFIG, name) for name in CONFIG.__dataclass_fields__}
    content = {
        "kind": "painter",
        "config": config,
        "trained": list(IDS),
        "siblings": SIBLINGS,
        "state": painter.net.state_dict(),
    }
    torch.save(content, path)
    return path


SIZE = (64, 96)  # (H, W) of the bundle below
ABOUT = {"description": 'Small, and "odd".', "credits": ["one", "two"], "likeness": {"segment.accuracy": 0.5}}


@pytest.fixture(scope="session")
def made_bundle(
    segmenter_file: Path, painter_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Bundle, list[Parity]]:
    """A bundle of the two nets, and what its certificate says. Copy its folder before changing it."""
    frames = [np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)]
    out = tmp_path_factory.mktemp("bundles") / "tiny"
    return make_bundle(segmenter_file, painter_file, out, frames, size=SIZE, argmax=2, about=ABOUT)


@pytest.fixture
def draw_frame() -> Callable[[int, int, int], np.ndarray]:
    """Return what draws uint8 (h, w, 3): a slope of colour with boxes on it."""

    def draw(height: int, width: int, seed: int) -> np.ndarray:
        rng = np.random.default_rng(seed)
        ramp = np.add.outer(np.linspace(0, 120, height), np.linspace(0, 120, width))
        frame = np.repeat(ramp[..., None], 3, 2).astype(np.uint8)
        for _ in range(12):
            top, left = rng.integers(0, height - 4), rng.integers(0, width - 4)
            frame[top : top + height // 3, left : left + width // 4] = rng.integers(0, 256, 3)
        return frame

    return draw


@pytest.fixture(scope="session")
def shared_parity() -> Path:
    """Return the folder of what the authors' own networks answer, or skip."""
    folder = (Path(__file__).parents[2] / "../shared/parity").resolve()
    if not folder.is_dir():
        pytest.skip("needs ../shared/parity, the answers of the authors' own networks")
    return folder


@pytest.fixture(scope="session")
def published_state(shared_parity: Path) -> Callable[[str], dict[str, torch.Tensor]]:
    """Return what makes a full-size stand-in state dict, of `deeplab` or `spade`."""
    make: Callable[[str], dict[str, Any]] = runpy.run_path(str(shared_parity / "checkpoints.py"))[
        "state_dict"
    ]
    return lambda name: {key: torch.from_numpy(np.array(value)) for key, value in make(name).items()}
