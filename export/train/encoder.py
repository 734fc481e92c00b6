"""Encode the look of a picture: SPADE's encoder, which gives the generator the colours that labels lack.

Park et al., CVPR 2019, appendix A; Kingma and Welling, *Auto-Encoding Variational Bayes* (ICLR 2014).
"""

from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SIDE = 128  # pixels, of the picture that is encoded


class Looks(NamedTuple):
    """A normal distribution of looks for each picture."""

    mean: Tensor  # (N, n)
    log_variance: Tensor  # (N, n)

    def sample(self) -> Tensor:
        """Draw one look of each picture, (N, n), differentiable."""
        return self.mean + torch.randn_like(self.mean) * (self.log_variance / 2).exp()

    def divergence(self) -> Tensor:
        """Return the mean Kullback–Leibler divergence of all values of all looks from the standard normal."""
        variance = self.log_variance.exp()
        return (self.mean.square() + variance - 1 - self.log_variance).mean() / 2


class Encoder(nn.Module):
    """The encoder of a picture's look: five convolutions that halve the size, then two linear layers."""

    def __init__(self, look: int, width: int = 24) -> None:
        """Build it for looks of `look` values; `width` is the first layer's number of channels."""
        super().__init__()
        widths = (3, width, 2 * width, 4 * width, 4 * width, 4 * width)
        self.layers = nn.ModuleList(
            nn.Conv2d(inputs, outputs, 3, 2, 1) for inputs, outputs in pairwise(widths)
        )
        self.norms = nn.ModuleList(nn.GroupNorm(8, outputs) for outputs in widths[2:])
        self.mean = nn.Linear(widths[-1] * 16, look)
        self.log_variance = nn.Linear(widths[-1] * 16, look)

    def forward(self, picture: Tensor) -> Looks:
        """Return the looks of pictures (N, 3, h, w) RGB in −1…1, of any size."""
        x = F.interpolate(picture, (SIDE, SIDE), mode="bilinear", align_corners=False, antialias=True)
        for number, layer in enumerate(self.layers):
            x = layer(x)
            x = F.leaky_relu(self.norms[number - 1](x) if number else x, 0.2)
        x = x.flatten(1)  # (N, 4 width · 4 · 4)
        return Looks(self.mean(x), self.log_variance(x).clamp(-8, 4))
