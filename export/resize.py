"""Resize maps inside a graph, as the published nets' scripts do."""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


def nearest(x: Tensor, size: tuple[int, int]) -> Tensor:
    """Resize a map (h, w): source index ⌊i·in/out⌋, in whole numbers."""
    for axis in (1, 0) if size[0] > x.shape[0] else (0, 1):  # columns cost more: do them while rows are few
        there, wanted = x.shape[axis], size[axis]
        if there != wanted:
            x = x.index_select(axis, torch.arange(wanted) * there // wanted)
    return x


def taps(there: int, fine: int, points: int) -> tuple[Ints, Ints, Floats]:
    """Return indices and weights of a bilinear resize to `fine`, at the points of a nearest resize after it.

    The weights are torch's (`align_corners=False`, in float32). So the result is that of `F.interpolate` to
    the fine size and a nearest resize after it, and the fine size is never computed. They are numpy arrays,
    so that an exporter sees constants.

    Returns:
        For each point the lower index, the higher index, and the weight of the higher one.
    """
    picked = np.arange(points) * fine // points
    place = (picked.astype(np.float32) + np.float32(0.5)) * np.float32(there / fine) - np.float32(0.5)
    place = place.clip(min=0)
    low = place.astype(int)
    return low, (low + 1).clip(max=there - 1), place - low.astype(np.float32)


def sampling(there: int, fine: int, points: int) -> Tensor:
    """Return the indices and weights of `taps` as a matrix (points, there)."""
    low, high, weight = taps(there, fine, points)
    matrix = np.zeros((points, there), np.float32)
    np.add.at(matrix, (np.arange(points), low), 1 - weight)
    np.add.at(matrix, (np.arange(points), high), weight)
    return torch.tensor(matrix)
