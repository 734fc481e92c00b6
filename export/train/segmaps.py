"""Make the painter's input of label maps, and swap a label in them at random."""

from collections.abc import Sequence

import torch
from torch import Tensor


def segmap_of(channels: Tensor, labels: int) -> Tensor:
    """Return one-hot maps with edges: int64 (N, H, W), `labels` for unlabelled → (N, labels + 2, H, W)."""
    n, h, w = channels.shape
    segmap = torch.zeros(n, labels + 2, h, w, device=channels.device)
    segmap.scatter_(1, channels[:, None], 1.0)
    across, down = channels[:, :, 1:] != channels[:, :, :-1], channels[:, 1:] != channels[:, :-1]
    edges = segmap[:, -1]
    edges[:, :, 1:][across] = 1
    edges[:, :, :-1][across] = 1
    edges[:, 1:][down] = 1
    edges[:, :-1][down] = 1
    return segmap


def swap_one(labels: Tensor, into: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Swap, in each label map of int64 (N, H, W), one label for another at random.

    Returns:
        The new label maps, and bool (N, H, W), True where they differ.
    """
    n, h, w = labels.shape
    rows, columns = torch.randint(h, (n,)), torch.randint(w, (n,))  # a random pixel's label
    gone = labels[torch.arange(n), rows, columns].view(n, 1, 1)
    come = torch.tensor(into)[torch.randint(len(into), (n,))].view(n, 1, 1).to(labels.device)
    changed = (labels == gone) & (gone != come)
    return torch.where(changed, come, labels), changed
