"""Measure losses of paintings with a frozen segmenter."""

from typing import Self

import torch
from torch import Tensor
from torch.nn import functional as F

from export.nets.deeplab import DeepLabV3Plus

IGNORED = -100


class Critic:
    """A frozen segmenter: its features give a perceptual loss, its labels tie a painting to the label map."""

    def __init__(self, net: DeepLabV3Plus, names: bool, weights: Tensor | None = None) -> None:
        """Freeze a trained segmenter.

        Args:
            net: the segmenter.
            names: False if its head is not trained yet: then only its features count.
            weights: (labels,) the weight of each label in the loss, so that small things count too.
        """
        self._weights = weights
        self._net = net.eval().requires_grad_(False)
        self._names = names
        self._table = torch.full((256,), IGNORED)
        self._table[torch.tensor(net.label_ids)] = torch.arange(len(net.label_ids))

    def to(self, device: torch.device) -> Self:
        """Move the critic to a device, and return it."""
        self._net.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._table = self._table.to(device)
        self._weights = None if self._weights is None else self._weights.to(device)
        return self

    def features(self, picture: Tensor) -> list[Tensor]:
        """Return the backbone's features, finest first, of pictures (N, 3, h, w) RGB in −1..1."""
        return list(self._net.backbone(picture.flip(1)))

    def naming(self, features: list[Tensor], labels: Tensor) -> Tensor:
        """Return the cross-entropy of labels int64 (N, h, w), by features; 0 without a trained head."""
        if not self._names:
            return torch.zeros(())
        logits = self._net.head(features).float()
        step = labels.shape[-1] // logits.shape[-1]
        truth = self._table[labels[:, step // 2 :: step, step // 2 :: step]]
        return F.cross_entropy(logits, truth, self._weights, ignore_index=IGNORED)
