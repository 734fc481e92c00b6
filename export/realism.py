"""Measure the realism of paintings, as the distance of their features to those of photos.

Heusel et al., *GANs Trained by a Two Time-Scale Update Rule* (NeurIPS 2017), with SqueezeNet in the place of
Inception: the Fréchet distance between two Gaussians that are fitted to the features of each set.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from export.nets.squeezenet import SqueezeNet

LAYER = 2  # fire5's 256 channels: parts and textures
CELLS = 4  # on a side; the mean features of each cell are one sample

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Gaussian:
    """The mean (256,) and covariance (256, 256) of a set's features."""

    mean: Array
    covariance: Array

    @classmethod
    def of(cls, features: Array) -> Self:
        """Fit to features (samples, channels)."""
        return cls(features.mean(0), np.cov(features, rowvar=False))


@torch.no_grad()
def picture_features(net: SqueezeNet, pictures: Iterable[Tensor]) -> Array:
    """Return features (16 · pictures, 256) of batches (N, 3, h, w) RGB in −1…1, sixteen cells a picture."""
    rows = []
    for batch in pictures:
        cells = F.adaptive_avg_pool2d(net.features(batch)[LAYER], CELLS)  # (N, 256, 4, 4)
        rows.append(cells.permute(0, 2, 3, 1).reshape(-1, cells.shape[1]).double().numpy())
    return np.concatenate(rows)


def frechet_distance(one: Gaussian, other: Gaussian) -> float:
    """Return the Fréchet distance |μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2 (Σ₁ Σ₂)^½), Dowson and Landau 1982."""
    root = _root(one.covariance)
    inner = np.linalg.eigvalsh(root @ other.covariance @ root)
    traces = np.trace(one.covariance) + np.trace(other.covariance) - 2 * np.sqrt(inner.clip(0)).sum()
    return float(np.square(one.mean - other.mean).sum() + traces)


def realism(painted: Array, photos: Array) -> float:
    """Return the Fréchet distance of paintings to photos, divided by that between two halves of the photos.

    At 1, paintings are as like photos as photos are.

    Args:
        painted: features of the paintings, from `picture_features`.
        photos: features of the photos; each half has every second photo.
    """
    halves = photos.reshape(-1, CELLS * CELLS, photos.shape[1])
    first, second = (halves[start::2].reshape(-1, photos.shape[1]) for start in (0, 1))
    apart = frechet_distance(Gaussian.of(first), Gaussian.of(second))
    return frechet_distance(Gaussian.of(painted), Gaussian.of(photos)) / apart


def _root(matrix: Array) -> Array:
    """Return the symmetric square root of a positive matrix."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.sqrt(values.clip(0))) @ vectors.T)


def to_rgb(images: Tensor) -> Tensor:
    """Convert images uint8 (N, H, W, 3) BGR to what nets are given: float (N, 3, H, W) RGB in −1…1."""
    return images.flip(3).permute(0, 3, 1, 2).float() / 127.5 - 1  # channels last, as images are


def batch_of(pictures: Iterable[npt.NDArray[np.uint8]]) -> Tensor:
    """Stack pictures uint8 (H, W, 3) BGR of one size, and convert them as `to_rgb` does."""
    return to_rgb(torch.from_numpy(np.stack(list(pictures))))


@torch.no_grad()
def likeliest(net: SqueezeNet, picture: Tensor, count: int) -> tuple[int, ...]:
    """Return the `count` likeliest ImageNet classes of a picture (1, 3, h, w) RGB in −1…1."""
    logits = net.classes(net.features(picture)).mean((0, 2, 3))
    return tuple(int(number) for number in logits.topk(count).indices)
