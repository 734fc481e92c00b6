"""Pick the pixels that are measured of a layer, and find the blocks that they stand for."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from stream.flashes.light import Mask, Places
from stream.frame import Image

ROWS = 96
"""Rows or columns, on the shorter side, of which a layer is measured at least, if it has so many."""

MARGIN = 0.9
"""Share of the limit at which an area counts as full if only samples of it are measured. The smallest field
has 1024 samples or more; a quarter of its pixels is 25 ± 1.4 % of them (one standard deviation) if each pixel
flashes for itself, and much nearer if areas do."""


def sampled(layer: Image) -> Image:
    """Return one pixel of each block of k·k pixels, uint8 (H // k, W // k) or (…, 3); the layer if k is 1.

    Which one is drawn by lot, once for all layers of a size. So no stripes or dots can hide between the
    samples; and where pixels beside each other flash in opposite ways, each sample still does, while the mean
    of a block would not.

    Args:
        layer: uint8 (H, W) or (H, W, 3).
    """
    side = side_of(layer.shape[:2])
    if side == 1:
        return layer
    places = _places(layer.shape[0], layer.shape[1], side)
    return layer.reshape(-1, *layer.shape[2:]).take(places, axis=0)


def side_of(shape: tuple[int, int]) -> int:
    """Return k, the side of the blocks, for a layer of (H, W)."""
    return max(1, min(shape) // ROWS)


def blocks_of(samples: Mask, shape: tuple[int, int]) -> Mask:
    """Return the pixels, bool (H, W), of all blocks whose sample is set in bool (H // k, W // k)."""
    side = side_of(shape)
    if side == 1:
        return samples
    blocks: Mask = np.repeat(np.repeat(samples, side, axis=0), side, axis=1)
    rest = [(0, whole - have) for whole, have in zip(shape, blocks.shape, strict=True)]
    return np.pad(blocks, rest, mode="edge") if any(more for _, more in rest) else blocks


@lru_cache(maxsize=8)
def _places(height: int, width: int, side: int) -> Places:
    """Return the indices in a flattened layer, (H // k, W // k)."""
    draw = np.random.default_rng(0)
    shape = height // side, width // side
    down, across = (draw.integers(0, side, shape) for _ in range(2))
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    places: npt.NDArray[np.intp] = (side * rows + down) * width + side * columns + across
    return places
