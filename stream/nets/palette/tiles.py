"""Find a palette's tiles: small pictures that stand for a label wherever a frame shows them."""

from __future__ import annotations

import cv2
import numpy as np

from stream.frame import Image
from stream.nets.palette.clean import Mask

_SHARE = 0.5
_LEAST, _MOST = 6.0, 24.0
"""Bounds of the difference of a channel, of 255, up to which a place shows a tile: a share of the tile's own
standard deviation, so that an even area does not look like a tile with few lines."""


def tile_places(image: Image, picture: Image) -> Mask | None:
    """Return the pixels of a frame that a tile covers; None if it is nowhere.

    A game's pixels are squares of the screen's. One of each square is enough to look at, so a tile with large
    squares is found quickly.

    Args:
        image: uint8 (H, W, 3) BGR.
        picture: uint8 (h, w, 3) BGR of the tile, as large as in the frame.

    Returns:
        bool (H / n, W / n); n is the side of the tile's squares.
    """
    step = _square(picture)
    wanted, small = picture[::step, ::step], image[::step, ::step]
    if wanted.shape[0] > small.shape[0] or wanted.shape[1] > small.shape[1]:
        return None
    limit = min(_MOST, max(_LEAST, _SHARE * float(wanted.std(axis=(0, 1)).mean())))
    squares = cv2.matchTemplate(np.ascontiguousarray(small), np.ascontiguousarray(wanted), cv2.TM_SQDIFF)
    found = squares <= limit**2 * wanted.size
    if not found.any():
        return None
    corners = np.zeros(small.shape[:2], np.uint8)
    corners[: found.shape[0], : found.shape[1]] = found
    # A corner stands for the tile's whole rectangle to the right of it and below.
    kernel = np.ones(wanted.shape[:2], np.uint8)
    covered = cv2.dilate(corners, kernel, anchor=(wanted.shape[1] - 1, wanted.shape[0] - 1))
    return covered.astype(bool)


def _square(picture: Image) -> int:
    """Return the side of the equal squares that a picture consists of; 1 if it has none."""
    height, width = picture.shape[:2]
    for side in range(min(height, width) // 2, 1, -1):
        if height % side == width % side == 0:
            coarse = picture[::side, ::side]
            if np.array_equal(coarse.repeat(side, 0).repeat(side, 1), picture):
                return side
    return 1
