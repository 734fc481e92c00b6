"""SPADE's generator: it paints a picture from a label map.

Park et al., *Semantic Image Synthesis with Spatially-Adaptive Normalization*, CVPR 2019. The published
COCO-Stuff net is `SpadeConfig()`; the small one for CPUs is another value of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SLOPE = 0.2  # of every leaky ReLU
GRAIN = 128  # side of the fixed grain, in pixels of the finest label map


@dataclass(frozen=True, slots=True)
class SpadeConfig:
    """The shape of one generator.

    Attributes:
        labels: number of labels, each with a channel; a channel for unlabelled and one for edges follow.
        width: channels of the last block; the blocks before it have 2, 4, 8 and 16 times as many.
        widest: the greatest number of channels of a block.
        hidden: channels between the label map and the modulation.
        kernel: side of the modulation's convolutions. 1 makes each a table of one row a label.
        grain: number of fixed maps beside the labels (height, breadth, then noise), which let a large uniform
            region vary. 0 for none, else at least 2.
        shuffle: whether a pixel shuffle makes the last doubling, in place of the block at the picture's size.
        plain_shortcut: whether the shortcut convolution reads its input unmodulated.
        look: number of values of the look (SPADE's z), which colours the whole picture. 0 for none.
        smooth: whether doublings are bilinear, not nearest, so that no square of a coarse map shows.
        finest: channels at the picture's size behind the shuffle, mixed by one more convolution, so that the
            shuffle leaves no regular pattern. 0 for none: the shuffle makes the picture.
    """

    labels: int = 182
    width: int = 64
    widest: int = 1024
    hidden: int = 128
    kernel: int = 3
    grain: int = 0
    shuffle: bool = False
    plain_shortcut: bool = False
    look: int = 0
    smooth: bool = False
    finest: int = 0

    @property
    def strides(self) -> tuple[int, ...]:
        """Pixels of the picture per pixel of the label map, at each size at which the generator reads it."""
        return (32, 16, 8, 4, 2) if self.shuffle else (32, 16, 8, 4, 2, 1)

    @property
    def channels(self) -> tuple[int, ...]:
        """Channels after `fc` and after each of the blocks."""
        factors = (16, 16, 16, 16, 8, 4, 2) if self.shuffle else (16, 16, 16, 16, 8, 4, 2, 1)
        return tuple(min(self.widest, factor * self.width) for factor in factors)


class Modulation(nn.Module):
    """A batch norm with a scale and a shift that are computed from the label map at every pixel."""

    def __init__(self, channels: int, config: SpadeConfig) -> None:
        super().__init__()
        kernel, pad = config.kernel, config.kernel // 2
        inputs = config.labels + 2 + config.grain
        self.param_free_norm = nn.BatchNorm2d(channels, affine=False)
        self.mlp_shared = nn.Sequential(nn.Conv2d(inputs, config.hidden, kernel, padding=pad), nn.ReLU())
        self.mlp_look = nn.Linear(config.look, config.hidden, bias=False) if config.look else None
        self.mlp_gamma = nn.Conv2d(config.hidden, channels, kernel, padding=pad)
        self.mlp_beta = nn.Conv2d(config.hidden, channels, kernel, padding=pad)

    def forward(self, x: Tensor, segmap: Tensor, look: Tensor | None = None) -> Tensor:
        """Modulate x (N, C, h, w) by segmap (N, L, h, w) and look (N, n)."""
        if self.mlp_look is None or look is None:
            hidden = self.mlp_shared(segmap)  # (N, hidden, h, w)
        else:  # a value of the look is a constant channel; its convolution is a bias
            convolve, activate = self.mlp_shared
            hidden = activate(convolve(segmap) + self.mlp_look(look)[:, :, None, None])
        modulated: Tensor = self.param_free_norm(x) * (1 + self.mlp_gamma(hidden)) + self.mlp_beta(hidden)
        return modulated


class Block(nn.Module):
    """Two modulated convolutions beside a shortcut, which is a convolution too if the channels change."""

    def __init__(self, channels_in: int, channels_out: int, config: SpadeConfig) -> None:
        super().__init__()
        middle = min(channels_in, channels_out)
        self.norm_0 = Modulation(channels_in, config)
        self.conv_0 = nn.Conv2d(channels_in, middle, 3, padding=1)
        self.norm_1 = Modulation(middle, config)
        self.conv_1 = nn.Conv2d(middle, channels_out, 3, padding=1)
        self.conv_s = (
            nn.Conv2d(channels_in, channels_out, 1, bias=False) if channels_in != channels_out else None
        )
        self.norm_s = Modulation(channels_in, config) if self.conv_s and not config.plain_shortcut else None

    def forward(self, x: Tensor, segmap: Tensor, look: Tensor | None = None) -> Tensor:
        """Map x (N, C_in, h, w) to (N, C_out, h, w)."""
        shortcut = x if self.norm_s is None else self.norm_s(x, segmap, look)
        shortcut = shortcut if self.conv_s is None else self.conv_s(shortcut)
        x = self.conv_0(F.leaky_relu(self.norm_0(x, segmap, look), SLOPE))
        x = self.conv_1(F.leaky_relu(self.norm_1(x, segmap, look), SLOPE))
        return shortcut + x


class PictureWindow(NamedTuple):
    """The part of a larger picture that a label map shows; all in pixels, multiples of 32."""

    top: int
    left: int
    height: int  # of the larger picture
    width: int


class Generator(nn.Module):
    """The generator; its state-dict names are the published ones (with spectral norm already divided out)."""

    noise: Tensor

    def __init__(self, config: SpadeConfig) -> None:
        super().__init__()
        self.config = config
        c = config.channels
        self.fc = nn.Conv2d(config.labels + 2 + config.grain, c[0], 3, padding=1)
        self.head_0 = Block(c[0], c[1], config)
        self.G_middle_0 = Block(c[1], c[2], config)
        self.G_middle_1 = Block(c[2], c[3], config)
        self.up_0 = Block(c[3], c[4], config)
        self.up_1 = Block(c[4], c[5], config)
        self.up_2 = Block(c[5], c[6], config)
        self.up_3 = None if config.shuffle else Block(c[6], c[7], config)
        self.fc_look = nn.Linear(config.look, c[0], bias=False) if config.look else None
        shuffled = 4 * (config.finest or 3) if config.shuffle else 3
        self.conv_shuffle = nn.Conv2d(c[-1], shuffled, 3, padding=1) if config.finest else None
        self.conv_img = nn.Conv2d(config.finest or c[-1], 3 if config.finest else shuffled, 3, padding=1)
        if config.grain:
            seeded = torch.Generator().manual_seed(0)
            self.register_buffer("noise", torch.randn(1, config.grain - 2, GRAIN, GRAIN, generator=seeded))

    @torch.no_grad()
    def keep_look(self, look: Tensor) -> None:
        """Paint in one look, float (config.look,), from now on: as biases, which cost nothing."""
        assert self.fc_look is not None and self.fc.bias is not None
        self.fc.bias += self.fc_look(look)
        for module in self.modules():
            if isinstance(module, Modulation) and module.mlp_look is not None:
                convolve = module.mlp_shared[0]
                assert isinstance(convolve, nn.Conv2d) and convolve.bias is not None
                convolve.bias += module.mlp_look(look)

    def forward(
        self, segmap: Tensor, look: Tensor | None = None, windows: Sequence[PictureWindow] | None = None
    ) -> Tensor:
        """Paint pictures from label maps.

        Args:
            segmap: float (N, labels + 2, H, W), the one-hot label map, then unlabelled, then edges;
                H and W are multiples of 32.
            look: float (N, config.look).
            windows: the place of each of the N label maps in a larger picture, for training on parts of it.

        Returns:
            The pictures, RGB in -1..1, float (N, 3, H, W).
        """
        # Nearest resizing by a whole factor takes every k-th pixel.
        maps = [segmap[:, :, ::stride, ::stride] for stride in self.config.strides]
        return self.paint(maps, look, windows)

    def paint(
        self,
        segmaps: Sequence[Any],
        look: Tensor | None = None,
        windows: Sequence[PictureWindow] | None = None,
    ) -> Tensor:
        """Paint pictures from the label maps at each of `config.strides`, coarsest first, as `forward` does.

        A graph that subsamples its label map before the one-hot never has to make the full-size one. The maps
        are float (N, labels + 2, h, w), or another type if the layers that read them have been replaced.
        """
        if self.config.grain:
            strides = self.config.strides
            segmaps = [self._with_grain(*pair, windows) for pair in zip(segmaps, strides, strict=True)]
        double = _double_smoothly if self.config.smooth else _double
        x = self.fc(segmaps[0])  # (N, 16 width, H/32, W/32)
        if self.fc_look is not None and look is not None:
            x = x + self.fc_look(look)[:, :, None, None]
        x = double(self.head_0(x, segmaps[0], look))  # (N, 16 width, H/16, W/16)
        x = self.G_middle_0(x, segmaps[1], look)
        x = double(self.G_middle_1(x, segmaps[1], look))  # (N, 16 width, H/8, W/8)
        x = double(self.up_0(x, segmaps[2], look))  # (N, 8 width, H/4, W/4)
        x = double(self.up_1(x, segmaps[3], look))  # (N, 4 width, H/2, W/2)
        x = self.up_2(x, segmaps[4], look)  # (N, 2 width, H/2, W/2)
        if self.up_3 is not None:
            x = self.up_3(double(x), segmaps[5], look)  # (N, width, H, W)
        x = F.leaky_relu(x, SLOPE)
        if self.conv_shuffle is not None:
            x = F.leaky_relu(F.pixel_shuffle(self.conv_shuffle(x), 2), SLOPE)  # (N, finest, H, W)
        x = self.conv_img(x)
        if self.config.shuffle and self.conv_shuffle is None:
            x = F.pixel_shuffle(x, 2)  # (N, 12, H/2, W/2) -> (N, 3, H, W)
        return torch.tanh(x)

    def _with_grain(self, segmap: Tensor, stride: int, windows: Sequence[PictureWindow] | None) -> Tensor:
        n, _, h, w = segmap.shape
        if windows is None:
            return torch.cat([segmap, self._grain(h, w, segmap).expand(n, -1, -1, -1)], dim=1)
        parts = []
        for top, left, height, width in windows:
            whole = self._grain(height // stride, width // stride, segmap)
            parts.append(whole[:, :, top // stride :, left // stride :][:, :, :h, :w])
        return torch.cat([segmap, torch.cat(parts)], dim=1)

    def _grain(self, h: int, w: int, like: Tensor) -> Tensor:
        """Return the fixed maps (1, grain, h, w), with the dtype and device of `like`."""
        height = torch.linspace(-1, 1, h, dtype=like.dtype, device=like.device).view(1, 1, h, 1)
        breadth = torch.linspace(-1, 1, w, dtype=like.dtype, device=like.device).view(1, 1, 1, w)
        tiles = self.noise.repeat(1, 1, -(-h // GRAIN), -(-w // GRAIN))[:, :, :h, :w].to(like.dtype)
        return torch.cat([height.expand(1, 1, h, w), breadth.expand(1, 1, h, w), tiles], dim=1)


def _double(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


def _double_smoothly(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
