"""Resizing inside a graph, as the published nets' scripts do it."""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


def nearest(x: Tensor, size: tuple[int, int]) -> Tensor:
    """Resize a map (h, w): source index ⌊i·in/out⌋, in whole numbers."""
    for axis in (1, 0) if size[0] > x.shape[0] else (0, 1):  # columns, the costly ones, while rows are few
        there, wanted = x.shape[axis], size[axis]
        if there != wanted:
            x = x.index_select(axis, torch.arange(wanted) * there // wanted)
    return x


def taps(there: int, fine: int, points: int) -> tuple[Ints, Ints, Floats]:
    """Return where a bilinear resize to `fine` reads, at its nearest-picked points only.

    The weights are torch's (`align_corners=False`, in float32), so that they give what `F.interpolate` to
    the fine size and then a nearest resize give, without the fine size. In numpy, so that an exporter sees
    constants.

    Returns:
        For each point the lower index, the higher one, and the weight of the higher one.
    """
    picked = np.arange(points) * fine // points
    place = (picked.astype(np.float32) + np.float32(0.5)) * np.float32(there / fine) - np.float32(0.5)
    place = place.clip(min=0)
    low = place.astype(int)
    return low, (low + 1).clip(max=there - 1), place - low.astype(np.float32)


def sampling(there: int, fine: int, points: int) -> Tensor:
    """Return what `taps` says as a matrix (points, there)."""
    low, high, weight = taps(there, fine, points)
    matrix = np.zeros((points, there), np.float32)
    np.add.at(matrix, (np.arange(points), low), 1 - weight)
    np.add.at(matrix, (np.arange(points), high), weight)
    return torch.tensor(matrix)
