"""Look up the palette's colour of each pixel: the nearest in CIELAB, by one table of all colours."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from stream.frame import Image

NONE = 63
"""The place of a pixel that matches no colour."""

MOST = 62
"""The most colours of a palette: each is a bit of 64, beside one for `NONE` and one for certainty."""

SURE = 3.0
"""Distance in CIELAB within which a pixel has a palette's own colour, and no blend of two."""

CLEARLY = 3.0
"""How many times as far the second nearest colour must be for a pixel that is farther than `SURE`."""

_CERTAIN = np.uint64(1 << 62)
_BITS = 6  # of each channel, so that the table fits a processor's cache
_CELLS = 1 << 3 * _BITS

Lab = npt.NDArray[np.float32]
"""Colours (N, 3) in CIELAB: lightness 0–100, a and b about −100–100."""


class Matches(NamedTuple):
    """The palette's colours of an image.

    Attributes:
        nearest: uint8 (h, w), the place of the nearest colour, or `NONE`.
        certain: bool (h, w), whether the pixel has that colour and no blend.
    """

    nearest: Image
    certain: npt.NDArray[np.bool_]


class ColourTable:
    """A table of all colours → the nearest one of a palette.

    Distances are Euclidean in CIELAB (CIE 1976). The table has 64 steps a channel; a palette's own colours
    are exact in it.

    Args:
        colours: the palette, BGR; at most `MOST`.
        tolerance: distance beyond which a pixel matches no colour.
        slack: how much farther than the nearest colour the pixel's last one may be, and is kept.

    >>> table = ColourTable([(255, 0, 0), (0, 255, 0)], tolerance=30, slack=0)
    >>> table.match(np.uint8([[[250, 4, 2], [0, 255, 0], [255, 255, 255]]])).nearest
    array([[ 0,  1, 63]], dtype=uint8)
    """

    def __init__(self, colours: Sequence[tuple[int, int, int]], *, tolerance: float, slack: float) -> None:
        own = lab_of(colours)
        nearest = np.full(_CELLS, NONE, np.uint8)
        least = np.full(_CELLS, np.float32(tolerance))
        second = np.full(_CELLS, np.float32(np.inf))
        distances = [np.linalg.norm(_centres() - colour, axis=1) for colour in own]
        for place, distance in enumerate(distances):
            np.putmask(nearest, distance < least, np.uint8(place))
            np.minimum(second, np.maximum(least, distance), out=second)
            np.minimum(least, distance, out=least)
        certain = (nearest != NONE) & ((least <= SURE) | (CLEARLY * least <= second))
        near = np.zeros(_CELLS, np.uint64)
        for place, distance in enumerate(distances):
            near |= np.where(distance <= least + slack, np.uint64(1 << place), np.uint64(0))
        near |= np.where(least > tolerance - slack, np.uint64(1 << NONE), np.uint64(0))
        near |= np.where(certain, _CERTAIN, np.uint64(0))
        cells = _cells(np.array(colours, np.uint8).reshape(-1, 3))
        for place, cell in enumerate(cells):
            nearest[cell] = place
            near[cell] |= np.uint64(1 << place) | _CERTAIN
        self._nearest, self._near = nearest, near

    def match(self, image: Image, before: Image | None = None) -> Matches:
        """Return the nearest colours of an image.

        Args:
            image: uint8 (h, w, 3) BGR.
            before: places uint8 (h, w) of the frame before; one nearly as near as the nearest is kept.
        """
        cells = _cells(image)
        nearest, near = self._nearest.take(cells), self._near.take(cells)
        if before is not None:
            kept = (near >> before.astype(np.uint64)) & np.uint64(1)
            nearest = np.where(kept.astype(bool), before, nearest)
        return Matches(nearest, (near & _CERTAIN).astype(bool))


def lab_of(colours: Sequence[tuple[int, int, int]] | npt.NDArray[np.uint8]) -> Lab:
    """Return colours in CIELAB.

    Args:
        colours: N colours, BGR in sRGB, 0–255.
    """
    scaled = np.asarray(colours, np.uint8).reshape(1, -1, 3).astype(np.float32) / 255
    lab: Lab = cv2.cvtColor(scaled, cv2.COLOR_BGR2Lab)[0]
    return lab


def _cells(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.int32]:
    """Return the place in the table of each pixel of (…, 3)."""
    steps = (image >> (8 - _BITS)).astype(np.int32)
    return steps[..., 0] | (steps[..., 1] << _BITS) | (steps[..., 2] << 2 * _BITS)


@cache
def _centres() -> Lab:
    """Return the colours in the middle of the table's cells."""
    step = 1 << (8 - _BITS)
    levels = np.arange(0, 256, step) + step // 2
    red, green, blue = np.meshgrid(levels, levels, levels, indexing="ij")
    return lab_of(np.stack([blue, green, red], -1).reshape(-1, 3).astype(np.uint8))
