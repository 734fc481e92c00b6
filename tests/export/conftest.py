"""Small nets with made-up weights, which still give different answers at every corner of a frame."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx.numpy_helper import from_array, to_array
from torch import nn

from engines.bundle import Bundle, open_bundle
from engines.compare import Parity
from engines.sizes import Size
from export.checkpoints import Painter
from export.nets import resnet
from export.nets.deeplab import DeepLabV3Plus
from export.nets.deeplab_v2 import DeepLabV2
from export.nets.resnet import ResNetStage
from export.nets.spade import Generator, SpadeConfig
from export.write_bundle import make_bundle
from neteyes.commands._bundles import some_frames
from tests.fixtures import standins

IDS = (0, 2, 17, 34, 95, 123, 148, 156, 168, 181)
SIBLINGS = {15: 17, 105: 156}
CONFIG = SpadeConfig(
    labels=len(IDS), width=4, widest=16, hidden=8, kernel=1, grain=4, shuffle=True, plain_shortcut=True
)


def _start(net: nn.Module) -> None:
    """Set weights that carry a signal to the output, as trained ones do."""
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
) -> tuple[Bundle, list[tuple[Size, Parity]]]:
    """A bundle of the two nets, and its certificate's results. Copy its folder before you change it."""
    frames = [np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)]
    out = tmp_path_factory.mktemp("bundles") / "tiny"
    return make_bundle(segmenter_file, painter_file, out, frames, sizes=[SIZE], argmax=2, about=ABOUT)


@pytest.fixture
def draw_frame() -> Callable[[int, int, int], np.ndarray]:
    """Return a function that draws uint8 (h, w, 3): a colour gradient with boxes on it."""

    def draw(height: int, width: int, seed: int) -> np.ndarray:
        rng = np.random.default_rng(seed)
        ramp = np.add.outer(np.linspace(0, 120, height), np.linspace(0, 120, width))
        frame = np.repeat(ramp[..., None], 3, 2).astype(np.uint8)
        for _ in range(12):
            top, left = rng.integers(0, height - 4), rng.integers(0, width - 4)
            frame[top : top + height // 3, left : left + width // 4] = rng.integers(0, 256, 3)
        return frame

    return draw


@pytest.fixture(scope="module")
def narrow_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A checkpoint of DeepLab v2 with few blocks of few channels; such a net is built during the test."""
    stages = tuple(ResNetStage(1, 4, stage.channels, stage.stride, stage.dilation) for stage in resnet.STAGES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resnet, "STAGES", stages)
        torch.manual_seed(3)
        net = DeepLabV2()
        _start(net)
        path = tmp_path_factory.mktemp("narrow") / "deeplab.pth"
        torch.save(net.state_dict(), path)
        yield path


Standin = Callable[..., Path]


@pytest.fixture(scope="session")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    """Return what writes full-size stand-ins, once each: `standin("deeplab")`, `standin("spade", salt, old)`.

    An old one is a file of torch 1.0, in its spelling and its manner.
    """
    folder = tmp_path_factory.mktemp("standins")

    def write(name: str, salt: int = 0, old: bool = False) -> Path:
        path = folder / f"{name}-{salt}{'-old' * old}.pth"
        if not path.exists():
            standins.write(name, path, salt, old)
        return path

    yield write
    shutil.rmtree(folder)  # more than a gigabyte


@pytest.fixture(scope="session")
def shipped() -> Callable[[str], onnx.ModelProto]:
    """Return a function that loads a graph that comes with neteyes: "segment" or "synthesize"."""

    def widened(name: str) -> onnx.ModelProto:
        model = onnx.load(getattr(open_bundle("small"), name))
        weights = {weight.name: weight for weight in model.graph.initializer}
        for node in [
            node for node in model.graph.node if node.op_type == "Cast" and node.input[0] in weights
        ]:
            weight = weights[node.input[0]]  # stored in 16 bits
            weight.CopyFrom(from_array(to_array(weight).astype(np.float32), node.output[0]))
            model.graph.node.remove(node)
        return model

    return widened


@pytest.fixture(scope="session")
def scene_frames() -> list[np.ndarray]:
    """Some frames of a drawn scene, uint8 (256, 256, 3)."""
    return some_frames("scene://duel?size=256x256", count=6, apart=20)


@pytest.fixture(scope="session")
def drawn_cases() -> dict[str, np.ndarray]:
    """The recorded answers of the authors' own networks to drawn frames, for salt 0."""
    with np.load(standins.PARITY / "drawn.npz") as archive:
        return dict(archive)


@pytest.fixture(scope="session", params=["drawn", "photos"])
def cases(request: pytest.FixtureRequest) -> dict[str, np.ndarray]:
    """What they answer to drawn frames, and to photos where those are."""
    if request.param == "drawn":
        return request.getfixturevalue("drawn_cases")
    with np.load(request.getfixturevalue("shared_parity") / "cases.npz") as archive:
        return dict(archive)
