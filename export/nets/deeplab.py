"""DeepLab v3+ with a MobileNetV2 backbone and a light head: the small segmenter's network."""

from collections.abc import Mapping
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engines.errors import CheckpointError
from export.nets.mobilenet import MobileNetV2


def _resize(x: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(x, size=like.shape[-2:], mode="bilinear", align_corners=False)


def _conv(inputs: int, outputs: int, kernel: int = 1, groups: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )


def _separable(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(_conv(inputs, inputs, 3, groups=inputs), _conv(inputs, outputs))


class LightHead(nn.Module):
    """DeepLab v3+'s head for CPUs: no dilated branches, image pooling, then skips at strides 8 and 4.

    Chen et al., *Encoder-Decoder with Atrous Separable Convolution* (ECCV 2018), made narrow.
    """

    pooled_width = 256

    def __init__(self, channels: tuple[int, int, int], labels: int, width: int) -> None:
        """Build the head: features of `channels` (strides 4, 8, 16) in, logits of `labels` out."""
        super().__init__()
        fine, middle, deep = channels
        self.local = nn.Conv2d(deep, self.pooled_width, 1)
        self.pooled = nn.Conv2d(deep, self.pooled_width, 1)
        self.mix = nn.Conv2d(2 * self.pooled_width, self.pooled_width, 1)
        self.reduce = _conv(self.pooled_width, 2 * width)
        self.middle_skip = _conv(middle, width // 2)
        self.middle = _separable(2 * width + width // 2, width)
        self.fine_skip = _conv(fine, width // 3)
        self.fine = _separable(width + width // 3, width)
        self.classify = nn.Conv2d(width, labels, 1)

    def forward(self, features: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        """Return logits (N, labels, h/4, w/4) of the backbone's features."""
        fine, middle, deep = features
        pooled = F.relu(self.pooled(deep.mean((2, 3), keepdim=True)))  # (N, 256, 1, 1)
        local = F.relu(self.local(deep))  # (N, 256, h/16, w/16)
        x = F.relu(self.mix(torch.cat([pooled.expand_as(local), local], 1)))
        x = _resize(self.reduce(x), middle)  # (N, 2·width, h/8, w/8)
        x = self.middle(torch.cat([x, self.middle_skip(middle)], 1))  # (N, width, h/8, w/8)
        x = self.fine(torch.cat([_resize(x, fine), self.fine_skip(fine)], 1))  # (N, width, h/4, w/4)
        logits: Tensor = self.classify(x)
        return logits


class DeepLabV3Plus(nn.Module):
    """MobileNetV2 and a light head, for the labels that it was trained on.

    Attributes:
        label_ids: the COCO-Stuff id of each logit.
        mean: the mean of the input, BGR 0–255, which is subtracted first.
        scale: the factor of the input after that.
        stride: the stride of the logits.
    """

    name = "deeplabv3plus-mobilenetv2"
    mean = (127.5, 127.5, 127.5)
    scale = 1 / 127.5
    stride = 4

    def __init__(self, label_ids: tuple[int, ...], width: int = 96) -> None:
        """Build the net with new weights; `width` is the decoder's number of channels."""
        super().__init__()
        self.label_ids, self.width = label_ids, width
        self.backbone = MobileNetV2()
        self.head = LightHead(self.backbone.channels, len(label_ids), width)

    def forward(self, x: Tensor) -> Tensor:
        """Segment normalised BGR (N, 3, h, w), multiples of 16 → logits (N, labels, h/4, w/4)."""
        logits: Tensor = self.head(self.backbone(x))
        return logits

    def to_checkpoint(self) -> dict[str, Any]:
        """Return the state and all that `from_checkpoint` needs, as tensors and plain values."""
        return {
            "net": self.name,
            "label_ids": list(self.label_ids),
            "width": self.width,
            "state": self.state_dict(),
        }

    @classmethod
    def from_checkpoint(cls, content: Mapping[str, Any]) -> Self:
        """Rebuild a trained net, in evaluation mode.

        Raises:
            CheckpointError: the content is incomplete, or of another net.
        """
        if content.get("net") != cls.name:
            raise CheckpointError(f"a checkpoint of {content.get('net')!r}, not of {cls.name}")
        net = cls(tuple(content["label_ids"]), content["width"])
        try:
            net.load_state_dict(content["state"])
        except RuntimeError as error:
            raise CheckpointError(f"the checkpoint does not fit {cls.name}: {error}") from error
        return net.eval()
