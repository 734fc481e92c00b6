"""DeepLab v2 over ResNet-101, multi-scale, as published for COCO-Stuff.

Chen et al., *DeepLab: Semantic Image Segmentation with Deep Convolutional Nets, Atrous Convolution, and
Fully Connected CRFs* (TPAMI 2018). State-dict names are those of the published checkpoints.
"""

from functools import reduce

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from export.nets.resnet import resnet101

RATES = (6, 12, 18, 24)  # dilations of the atrous pyramid: "ASPP-L" in the paper
SCALES = (0.5, 0.75)  # in addition to the full scale


class PyramidSum(nn.Module):
    """Atrous spatial pyramid pooling: the sum of four dilated 3×3 convolutions, `c0` to `c3`."""

    def __init__(self, inputs: int, labels: int) -> None:
        super().__init__()
        for number, rate in enumerate(RATES):
            self.add_module(f"c{number}", nn.Conv2d(inputs, labels, 3, padding=rate, dilation=rate))

    def forward(self, x: Tensor) -> Tensor:
        """Sum the branches: (N, inputs, h, w) → (N, labels, h, w)."""
        total: Tensor = reduce(torch.add, [branch(x) for branch in self.children()])
        return total


class MultiScale(nn.Module):
    """A net run at several scales: the pixel-wise greatest logits, at the full scale's size."""

    def __init__(self, base: nn.Module, scales: tuple[float, ...] = SCALES) -> None:
        super().__init__()
        self.base = base
        self.scales = scales

    def forward(self, x: Tensor) -> Tensor:
        """Segment (N, 3, h, w) → logits (N, labels, h/8, w/8)."""
        greatest: Tensor = self.base(x)
        size = greatest.shape[-2:]
        for scale in self.scales:
            smaller = F.interpolate(x, scale_factor=scale, mode="bilinear", align_corners=False)
            logits = F.interpolate(self.base(smaller), size=size, mode="bilinear", align_corners=False)
            greatest = torch.maximum(greatest, logits)
        return greatest


class DeepLabV2(MultiScale):
    """The published net, at all its scales or at the full scale alone, with the same weights.

    Attributes:
        label_ids: the COCO-Stuff id of each logit.
        mean: the mean of the input, BGR 0–255, which is subtracted first.
        scale: the factor of the input after that.
        stride: the stride of the logits.
    """

    mean = (104.008, 116.669, 122.675)
    scale = 1.0
    stride = 8

    def __init__(self, labels: int = 182, scales: tuple[float, ...] = SCALES) -> None:
        """Build the net with new weights; its logits are (N, labels, h/8, w/8), rounded up.

        Args:
            labels: the number of labels.
            scales: the scales at which it runs in addition to the full one; none is much quicker, and less
                accurate.
        """
        base = resnet101()
        base.add_module("aspp", PyramidSum(2048, labels))
        super().__init__(base, scales)
        self.label_ids = tuple(range(labels))
