"""Read the look of a picture: SPADE's encoder, which gives the generator colours that labels do not say.

Park et al., CVPR 2019, appendix A; Kingma and Welling, *Auto-Encoding Variational Bayes* (ICLR 2014).
"""

from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SIDE = 128  # of the picture that is read


class Looks(NamedTuple):
    """A normal distribution of looks for each picture."""

    mean: Tensor  # (N, n)
    log_variance: Tensor  # (N, n)

    def sample(self) -> Tensor:
        """Draw one look of each, (N, n), differentiable."""
        return self.mean + torch.randn_like(self.mean) * (self.log_variance / 2).exp()

    def divergence(self) -> Tensor:
        """Kullback–Leibler divergence from the standard normal, mean over all numbers of all looks."""
        variance = self.log_variance.exp()
        return (self.mean.square() + variance - 1 - self.log_variance).mean() / 2


class Encoder(nn.Module):
    """A picture's look: five convolutions that halve, then two linear layers."""

    def __init__(self, look: int, width: int = 24) -> None:
        """Give looks of `look` numbers; `width` is that of the first layer."""
        super().__init__()
        widths = (3, width, 2 * width, 4 * width, 4 * width, 4 * width)
        self.layers = nn.ModuleList(
            nn.Conv2d(inputs, outputs, 3, 2, 1) for inputs, outputs in pairwise(widths)
        )
        self.norms = nn.ModuleList(nn.GroupNorm(8, outputs) for outputs in widths[2:])
        self.mean = nn.Linear(widths[-1] * 16, look)
        self.log_variance = nn.Linear(widths[-1] * 16, look)

    def forward(self, picture: Tensor) -> Looks:
        """Picture (N, 3, h, w) RGB in −1…1, of any size → its looks."""
        x = F.interpolate(picture, (SIDE, SIDE), mode="bilinear", align_corners=False, antialias=True)
        for number, layer in enumerate(self.layers):
            x = layer(x)
            x = F.leaky_relu(self.norms[number - 1](x) if number else x, 0.2)
        x = x.flatten(1)  # (N, 4 width · 4 · 4)
        return Looks(self.mean(x), self.log_variance(x).clamp(-8, 4))
