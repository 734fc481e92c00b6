"""Patch discriminators that are conditioned on the labels.

Isola et al., *Image-to-Image Translation with Conditional Adversarial Networks* (CVPR 2017) for the patches;
Wang et al., *pix2pixHD* (CVPR 2018) for several sizes and feature matching; Miyato and Koyama, *cGANs with
Projection Discriminator* (ICLR 2018) for the projection, here one for every patch.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm


class Judgement(NamedTuple):
    """The output of one discriminator for a batch of pictures."""

    score: Tensor  # (N, 1, h/8, w/8): high where a patch looks real
    features: list[Tensor]  # of each layer before the score


class PatchDiscriminator(nn.Module):
    """A discriminator of overlapping patches of 70 pixels, each together with its labels."""

    def __init__(self, labels: int, width: int = 32, embedding: int = 16) -> None:
        """Build it for label maps of `labels` channels; `width` is the first layer's number of channels."""
        super().__init__()
        self.embed = nn.Conv2d(labels, embedding, 1, bias=False)
        widths = (3 + embedding, width, 2 * width, 4 * width)
        self.layers = nn.ModuleList(
            spectral_norm(nn.Conv2d(inputs, outputs, 4, 2, 1)) for inputs, outputs in pairwise(widths)
        )
        self.last = spectral_norm(nn.Conv2d(4 * width, 8 * width, 3, 1, 1))
        self.score = spectral_norm(nn.Conv2d(8 * width, 1, 3, 1, 1))
        self.project = spectral_norm(nn.Conv2d(labels, 8 * width, 1, bias=False))
        self.norms = nn.ModuleList(
            nn.InstanceNorm2d(channels) for channels in (2 * width, 4 * width, 8 * width)
        )

    def forward(self, picture: Tensor, segmap: Tensor) -> Judgement:
        """Judge a picture (N, 3, h, w) in −1..1 beside its label map (N, labels, h, w)."""
        x = torch.cat([picture, self.embed(segmap)], 1)
        features: list[Tensor] = []
        for number, layer in enumerate([*self.layers, self.last]):
            x = layer(x)
            x = F.leaky_relu(self.norms[number - 1](x) if number else x, 0.2)
            features.append(x)
        named = self.project(segmap[:, :, 4::8, 4::8])  # (N, 8 width, h/8, w/8)
        agreement = (named * x).sum(1, keepdim=True) / x.shape[1] ** 0.5
        return Judgement(self.score(x) + agreement, features)


class Discriminator(nn.Module):
    """Three patch discriminators: at full size, at half, and at a quarter, where a patch holds a person."""

    def __init__(self, labels: int, width: int = 32) -> None:
        """Build the three discriminators; the arguments are those of `PatchDiscriminator`."""
        super().__init__()
        self.scales = nn.ModuleList(PatchDiscriminator(labels, width) for _ in range(3))

    def forward(self, picture: Tensor, segmap: Tensor) -> list[Judgement]:
        """Judge a picture (N, 3, h, w) in −1..1 beside its label map (N, labels, h, w)."""
        judgements = []
        for number, judge in enumerate(self.scales):
            stride = 2**number
            judgements.append(judge(F.avg_pool2d(picture, stride), segmap[:, :, ::stride, ::stride]))
        return judgements


def hinge(judgements: list[Judgement], real: bool) -> Tensor:
    """Return the discriminator's hinge loss: scores beyond ±1 on the right side cost nothing."""
    sign = -1.0 if real else 1.0
    return _mean(judgements, lambda judgement: F.relu(1 + sign * judgement.score).mean())


def persuasion(judgements: list[Judgement]) -> Tensor:
    """Return the generator's adversarial loss."""
    return _mean(judgements, lambda judgement: -judgement.score.mean())


def feature_distance(painted: list[Judgement], real: list[Judgement]) -> Tensor:
    """Return the mean absolute difference of the features; `real` gets no gradient."""
    pairs = zip(_features(painted), _features(real), strict=True)
    return torch.stack([F.l1_loss(a, b.detach()) for a, b in pairs]).mean()


def first(judgements: list[Judgement], count: int) -> list[Judgement]:
    """Return the judgements of the first `count` pictures."""
    return [Judgement(one.score[:count], [f[:count] for f in one.features]) for one in judgements]


def _features(judgements: list[Judgement]) -> list[Tensor]:
    return [feature for judgement in judgements for feature in judgement.features]


def _mean(judgements: list[Judgement], loss: Callable[[Judgement], Tensor]) -> Tensor:
    return torch.stack([loss(judgement) for judgement in judgements]).mean()
