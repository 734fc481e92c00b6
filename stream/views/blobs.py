"""Find the large blobs of a label map, and the depth of each point inside them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from engines.labels import UNLABELLED
from stream.fit import Size
from stream.frame import Image

_ROWS = 96
_SMALLEST_SHARE = 0.004
_SMALLEST_TWIN = 0.012

Depth = npt.NDArray[np.float32]
"""Each cell's distance to the nearest other label or edge, in cells; 0 at a border."""


class Blob(NamedTuple):
    """Hold the inside of a connected patch of one label, in cells of a coarse grid.

    Attributes:
        label: the label's id.
        left: first column of its bounding box.
        top: first row of its bounding box.
        depth: float32, of the bounding box, 0 outside the blob.
        centre: column and row of its centre of mass, in the bounding box.
    """

    label: int
    left: int
    top: int
    depth: Depth
    centre: tuple[float, float]


def coarse_grid(labels: Image, shown: Size) -> Image:
    """Return the label map, uint8 (h, w), at about 96 rows, without specks.

    Its cells are twice as wide as high: a disc in cells is a wide ellipse on the screen, shaped like a word.
    """
    rows = min(_ROWS, shown[0])
    columns = max(1, round(shown[1] / shown[0] * rows / 2))
    grid = cv2.resize(labels, (columns, rows), interpolation=cv2.INTER_NEAREST)
    return cv2.medianBlur(grid, 3)  # type: ignore[return-value]


def large_blobs(grid: Image) -> Iterator[Blob]:
    """Yield the labelled blobs that are large enough for a name, largest first.

    A label's second blob must be larger than its first need be; else names would come and go whenever a small
    piece is cut off.
    """
    seen: set[int] = set()
    depth = _depth(grid)
    # The insides of two labels never touch: cells of depth 0 lie between them.
    inside = (depth > 0).view(np.uint8)
    _, blobs, stats, centres = cv2.connectedComponentsWithStats(inside, connectivity=4)
    areas = stats[1:, cv2.CC_STAT_AREA]
    for number in 1 + np.argsort(-areas, kind="stable"):
        left, top, width, height, area = (int(value) for value in stats[number])
        if area < _SMALLEST_SHARE * grid.size:
            return
        box = slice(top, top + height), slice(left, left + width)
        own = np.where(blobs[box] == number, depth[box], np.float32(0))
        label = int(grid[box].flat[own.argmax()])
        worth_it = label not in seen or area >= _SMALLEST_TWIN * grid.size
        if label != UNLABELLED and worth_it:
            seen.add(label)
            column, row = centres[number]
            yield Blob(label, left, top, own, (column - left, row - top))


def _depth(grid: Image) -> Depth:
    inside = np.ones((grid.shape[0] + 2, grid.shape[1] + 2), np.uint8)
    inside[0] = inside[-1] = inside[:, 0] = inside[:, -1] = 0
    core = inside[1:-1, 1:-1]
    core[:, :-1] &= grid[:, :-1] == grid[:, 1:]
    core[:-1] &= grid[:-1] == grid[1:]
    return cv2.distanceTransform(inside, cv2.DIST_L2, 3)[1:-1, 1:-1]  # type: ignore[return-value]
