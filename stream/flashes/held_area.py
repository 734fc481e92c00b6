"""Turn scattered pixels that must be held into calm regions: soft in pictures, whole areas in label maps."""

from __future__ import annotations

import cv2
import numpy as np

from stream.flashes.light import Mask, Plane
from stream.frame import Image

CELLS = 64
"""Rows or columns of the grid of cells, on the shorter side, in which regions of a picture are held."""

_SOFT = 2  # cells over which a region fades into what is not held, to each side
_GAP = 3  # half the width, in cells, of gaps in a region that are held with it


def weights_of(held: Mask) -> Plane:
    """Return the weights with which a new picture may be shown, on a grid of cells, float32 (h, w), 0 to 1.

    They are 0 in every cell with a held pixel and in each cell beside it, so that they are 0 at the held
    pixels too if the grid is scaled up linearly. Around that they rise softly to 1.

    Args:
        held: where the picture shown last must stay, bool (H, W).
    """
    cell = max(1, min(held.shape) // CELLS)
    grid = -(-held.shape[1] // cell), -(-held.shape[0] // cell)
    touched = cv2.resize(held.astype(np.float32), grid, interpolation=cv2.INTER_AREA) > 0
    closed = cv2.morphologyEx(touched.view(np.uint8), cv2.MORPH_CLOSE, _disc(_GAP), borderValue=0)
    region = cv2.max(closed, touched.view(np.uint8))
    # A blur whose reach is one cell less than that of the growth leaves 0 in the region and one cell around.
    grown = cv2.dilate(region, _square(_SOFT + 1))
    side = 2 * _SOFT + 1
    return np.asarray(
        cv2.blur(np.subtract(1, grown, dtype=np.float32), (side, side), borderType=cv2.BORDER_REPLICATE),
        np.float32,
    )


def whole_areas(labels: Image, before: Image, late: Mask, reach: int = 1) -> Mask:
    """Return the areas of a label map that must stay as they were, bool (H, W).

    An area is a connected part that takes a new label. It changes as a whole or not at all.

    Args:
        labels: the new label map, uint8 (H, W).
        before: the label map shown before.
        late: pixels that must stay, bool (H, W).
        reach: pixels around those, in each direction, that stay too if they change: an area may be so thin
            that it has no inside.
    """
    changed = labels != before
    # Insides of areas never touch: an inside lacks the pixels whose right or lower neighbour differs.
    inside = changed.copy()
    inside[:, :-1] &= labels[:, :-1] == labels[:, 1:]
    inside[:-1] &= labels[:-1] == labels[1:]
    count, areas = cv2.connectedComponents(inside.view(np.uint8), connectivity=4)
    stays = np.zeros(count, np.uint8)
    stays[np.asarray(areas)[late]] = 1
    stays[0] = 0
    near = cv2.dilate(late.view(np.uint8), _square(reach))
    grown = cv2.max(cv2.dilate(np.asarray(stays.take(areas), np.uint8), _square(1)), near)
    held: Mask = changed & (np.asarray(grown) > 0)
    return held


def _square(reach: int) -> Image:
    return np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)


def _disc(reach: int) -> Image:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1)), np.uint8)
