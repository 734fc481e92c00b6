"""A segmenter that looks at pictures and says how they differ from photos."""

import torch
from torch import Tensor
from torch.nn import functional as F

from export.nets.deeplab import DeepLabV3Plus

IGNORED = -100


class Critic:
    """A frozen segmenter looks at pictures: perceptual loss, and what ties a painting to its labels."""

    def __init__(self, net: DeepLabV3Plus, names: bool) -> None:
        """`names` is false where the net's head is not trained yet: then only its features count."""
        self._net = net.eval().requires_grad_(False)
        self._names = names
        self._table = torch.full((256,), IGNORED)
        self._table[torch.tensor(net.label_ids)] = torch.arange(len(net.label_ids))

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
        return F.cross_entropy(logits, truth, ignore_index=IGNORED)
