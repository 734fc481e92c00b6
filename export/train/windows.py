"""Choose the part of each picture that a step paints, so that the net learns at the scale of its pictures."""

import torch
from torch import Tensor

from export.nets.spade import PictureWindow

STEP = 32  # pixels: the coarsest stride of the generator, so that every map of a part is a part of the map
TRIED = 3  # windows of a picture that are drawn; the one of most weight is taken


def choose_windows(worth: Tensor, side: int) -> list[PictureWindow]:
    """Choose a square window of each picture at random, more often where pixels have more weight.

    Args:
        worth: float (N, H, W), the weight of each pixel; H and W are multiples of 32.
        side: side of the window in pixels, a multiple of 32.
    """
    n, height, width = worth.shape
    chosen = []
    for number in range(n):
        tried = [
            PictureWindow(_place(height, side), _place(width, side), height, width)
            for _ in range(TRIED if torch.rand(()) < 0.7 else 1)
        ]
        sums = [float(_cut(worth[number : number + 1], window, side).sum()) for window in tried]
        chosen.append(tried[sums.index(max(sums))])
    return chosen


def cut(pictures: Tensor, windows: list[PictureWindow], side: int) -> Tensor:
    """Cut each picture's window out of pictures or label maps (N, H, W, …)."""
    pairs = zip(torch.split(pictures, 1), windows, strict=True)
    return torch.cat([_cut(one, window, side) for one, window in pairs])


def _cut(picture: Tensor, window: PictureWindow, side: int) -> Tensor:
    return picture[:, window.top : window.top + side, window.left : window.left + side]


def _place(length: int, side: int) -> int:
    return int(torch.randint((length - side) // STEP + 1, ())) * STEP
