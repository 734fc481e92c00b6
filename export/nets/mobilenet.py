"""MobileNetV2 as a segmenter's backbone, with its batch norms already folded into the convolutions.

Sandler et al., *MobileNetV2: Inverted Residuals and Linear Bottlenecks* (CVPR 2018), table 2, width 1.
"""

from typing import NamedTuple

from torch import Tensor, nn


class MobileNetStage(NamedTuple):
    """One row of the paper's table: `blocks` inverted residuals, the first of them with `stride`."""

    expansion: int
    channels: int
    blocks: int
    stride: int


STAGES = (
    MobileNetStage(1, 16, 1, 1),
    MobileNetStage(6, 24, 2, 2),
    MobileNetStage(6, 32, 3, 2),
    MobileNetStage(6, 64, 4, 2),
    MobileNetStage(6, 96, 3, 1),
    MobileNetStage(6, 160, 3, 2),
    MobileNetStage(6, 320, 1, 1),
)
STEM_CHANNELS = 32


class InvertedResidual(nn.Module):
    """A block: expand 1×1, depthwise 3×3, project 1×1, added to its input if the shapes are equal."""

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int, dilation: int = 1) -> None:
        """Build the block; `expansion` 1 leaves the first convolution out."""
        super().__init__()
        hidden = inputs * expansion
        self.adds = stride == 1 and inputs == outputs
        self.expand = nn.Conv2d(inputs, hidden, 1) if expansion > 1 else None
        self.depthwise = nn.Conv2d(hidden, hidden, 3, stride, dilation, dilation, groups=hidden)
        self.project = nn.Conv2d(hidden, outputs, 1)
        self.activation = nn.ReLU6()

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, inputs, h, w) to (N, outputs, h / stride, w / stride)."""
        y: Tensor = x if self.expand is None else self.activation(self.expand(x))
        y = self.project(self.activation(self.depthwise(y)))
        return x + y if self.adds else y


class MobileNetV2(nn.Module):
    """The backbone: features at strides 4, 8 and 16; its last stages are dilated to stay at 16."""

    channels = (24, 32, 320)  # of the features that `forward` returns
    output_stride = 16

    def __init__(self) -> None:
        """Build the net with torch's own initial weights."""
        super().__init__()
        self.stem = nn.Conv2d(3, STEM_CHANNELS, 3, 2, 1)
        self.activation = nn.ReLU6()
        blocks: list[nn.Module] = []
        inputs, total, dilation = STEM_CHANNELS, 2, 1
        self._ends: dict[int, int] = {}  # channels of a stage → its last block
        for stage in STAGES:
            for number in range(stage.blocks):
                stride, rate = (stage.stride if number == 0 else 1), dilation
                if total * stride > self.output_stride:  # the dilation begins with the next block
                    dilation, stride = dilation * stride, 1
                total *= stride
                blocks.append(InvertedResidual(inputs, stage.channels, stride, stage.expansion, rate))
                inputs = stage.channels
            self._ends[stage.channels] = len(blocks) - 1
        self.blocks = nn.ModuleList(blocks)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Map (N, 3, h, w) in −1…1 to (N, 24, h/4, w/4), (N, 32, h/8, w/8), (N, 320, h/16, w/16)."""
        x = self.activation(self.stem(x))  # (N, 32, h/2, w/2)
        given = {}
        for number, block in enumerate(self.blocks):
            given[number] = x = block(x)
        fine, middle, deep = (given[self._ends[channels]] for channels in self.channels)
        return fine, middle, deep
