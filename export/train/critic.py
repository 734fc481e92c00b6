"""A segmenter that looks at pictures and says how they differ from photos."""

from typing import Self

import torch
from torch import Tensor
from torch.nn import functional as F

from export.nets.deeplab import DeepLabV3Plus

IGNORED = -100


class Critic:
    """A frozen segmenter looks at pictures: perceptual loss, and what ties a painting to its labels."""

    def __init__(self, net: DeepLabV3Plus, names: bool, weights: Tensor | None = None) -> None:
        """Take a trained segmenter.

        Args:
            net: the segmenter.
            names: false where its head is not trained yet: then only its features count.
            weights: (labels,) of each of its labels in the loss, so that what is small counts too.
        """
        self._weights = weights
        self._net = net.eval().requires_grad_(False)
        self._names = names
        self._table = torch.full((256,), IGNORED)
        self._table[torch.tensor(net.label_ids)] = torch.arange(len(net.label_ids))

    def to(self, device: torch.device) -> Self:
        """Move it to a device, and return it."""
        self._net.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._table = self._table.to(device)
        self._weights = None if self._weights is None else self._weights.to(device)
        return self

    def features(self, picture: Tensor) -> list[Tensor]:
        """Picture (N, 3, h, w) RGB in −1..1 → the backbone's features, finest first."""
        return list(self._net.backbone(picture.flip(1)))

    def naming(self, features: list[Tensor], labels: Tensor) -> Tensor:
        """Cross-entropy of labels int64 (N, h, w), given a picture's features; 0 without a trained head."""
        if not self._names:
            return torch.zeros(())
        logits = self._net.head(features).float()
        step = labels.shape[-1] // logits.shape[-1]
        truth = self._table[labels[:, step // 2 :: step, step // 2 :: step]]
        return F.cross_entropy(logits, truth, self._weights, ignore_index=IGNORED)
