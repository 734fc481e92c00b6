"""Find a palette's tiles: small pictures that stand for a label wherever a frame shows them."""

from __future__ import annotations

import cv2
import numpy as np

from stream.frame import Image
from stream.nets.palette.clean import Mask
from stream.nets.palette.palette import Tile

_FINEST = 6
"""Pixels of a tile's shorter side at which it is looked for: enough to know it by, and quick."""

_DIFFERENCE = 24.0
"""Mean difference of a channel, of 255, up to which a place shows the tile."""


def tile_places(image: Image, tile: Tile) -> Mask | None:
    """Return the pixels of a frame that a tile covers; None if it is nowhere.

    Args:
        image: uint8 (H, W, 3) BGR.
        tile: a picture as large as in the frame.

    Returns:
        bool (H / n, W / n), at the whole n-th of the frame's size at which the tile was looked for.
    """
    high, wide = tile.picture.shape[:2]
    if high > image.shape[0] or wide > image.shape[1]:
        return None
    step = max(1, min(high, wide) // _FINEST)
    small = _reduced(image, step)
    wanted = _reduced(tile.picture, step)
    squares = cv2.matchTemplate(small, wanted, cv2.TM_SQDIFF)
    found = squares <= _DIFFERENCE**2 * wanted.size
    if not found.any():
        return None
    corners = np.zeros(small.shape[:2], np.uint8)
    corners[: found.shape[0], : found.shape[1]] = found
    # A corner stands for the tile's whole rectangle to the right of it and below.
    kernel = np.ones(wanted.shape[:2], np.uint8)
    return cv2.dilate(corners, kernel, anchor=(wanted.shape[1] - 1, wanted.shape[0] - 1)).astype(bool)


def _reduced(image: Image, step: int) -> Image:
    height, width = image.shape[0] // step, image.shape[1] // step
    whole = image[: height * step, : width * step]
    return cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)  # type: ignore[return-value]
