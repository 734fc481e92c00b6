"""ResNet-101 as the backbone of DeepLab v2: output stride 8, the last two stages dilated.

He et al., *Deep Residual Learning for Image Recognition* (CVPR 2016), with the stride in the first 1×1.
State-dict names are those of the published DeepLab v2 checkpoints.
"""

from typing import NamedTuple

from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval


class ResNetStage(NamedTuple):
    """A row of blocks of one shape; only the first one has the stride."""

    blocks: int
    hidden: int
    channels: int
    stride: int
    dilation: int


STAGES = (
    ResNetStage(3, 64, 256, 1, 1),
    ResNetStage(4, 128, 512, 2, 1),
    ResNetStage(23, 256, 1024, 1, 2),
    ResNetStage(3, 512, 2048, 1, 4),
)
STEM_CHANNELS = 64


class ConvNorm(nn.Module):
    """A convolution that keeps the size (apart from its stride), and its batch norm."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, dilation: int = 1) -> None:
        super().__init__()
        pad = dilation * (kernel // 2)
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, pad, dilation, bias=False)
        self.bn: nn.Module = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, inputs, h, w) to (N, outputs, h / stride, w / stride), rounded up."""
        normed: Tensor = self.bn(self.conv(x))
        return normed

    def fold(self) -> None:
        """Fold the norm into the convolution: the same in evaluation mode, apart from rounding."""
        if isinstance(self.bn, nn.BatchNorm2d):
            self.conv = fuse_conv_bn_eval(self.conv, self.bn)
            self.bn = nn.Identity()


class Bottleneck(nn.Module):
    """A block: reduce 1×1, 3×3, increase 1×1, added to its input, or to a projection if the shapes differ."""

    def __init__(self, inputs: int, stage: ResNetStage, stride: int) -> None:
        super().__init__()
        self.reduce = ConvNorm(inputs, stage.hidden, 1, stride)
        self.conv3x3 = ConvNorm(stage.hidden, stage.hidden, 3, dilation=stage.dilation)
        self.increase = ConvNorm(stage.hidden, stage.channels, 1)
        self.shortcut = ConvNorm(inputs, stage.channels, 1, stride) if inputs != stage.channels else None

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, inputs, h, w) to (N, stage.channels, h / stride, w / stride)."""
        y = F.relu(self.conv3x3(F.relu(self.reduce(x))))
        return F.relu(self.increase(y) + (x if self.shortcut is None else self.shortcut(x)))


class Stem(nn.Module):
    """The first layers: 7×7 of stride 2, then a max-pool of stride 2 that keeps a last odd row and column."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = ConvNorm(3, STEM_CHANNELS, 7, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, 3, h, w) to (N, 64, h/4, w/4)."""
        return F.max_pool2d(F.relu(self.conv1(x)), 3, stride=2, padding=1, ceil_mode=True)


def resnet101() -> nn.Sequential:
    """Return the backbone, `layer1` to `layer5`: (N, 3, h, w) → (N, 2048, h/8, w/8), rounded up."""
    net = nn.Sequential()
    net.add_module("layer1", Stem())
    inputs = STEM_CHANNELS
    for number, stage in enumerate(STAGES, start=2):
        blocks = nn.Sequential()
        for block in range(1, stage.blocks + 1):
            blocks.add_module(f"block{block}", Bottleneck(inputs, stage, stage.stride if block == 1 else 1))
            inputs = stage.channels
        net.add_module(f"layer{number}", blocks)
    return net
