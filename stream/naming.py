"""Where a label's name stands on a label map: on each large blob, at its most interior point.

A pure function of the map, so that a name moves only when its blob does: positions come from the blob's centre
of mass where there is room for it, and are snapped to a coarse grid.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from engines.labels import UNLABELLED, LabelSpace
from stream.fit import Size
from stream.frame import Image
from stream.text import text_size

_ROWS = 96
_MOST_NAMES = 16


class Name(NamedTuple):
    """One name on a shown map: its label id, the centre of the text and the font's size, all in pixels."""

    text: str
    label: int
    x: int
    y: int
    size: int

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom of the text."""
        width, height = text_size(self.text, self.size)
        left, top = self.x - width // 2, self.y - height // 2
        return left, top, left + width, top + height


def place_names(labels: Image, space: LabelSpace, shown: Size) -> list[Name]:
    """Return the names for a label map that is shown at a given size, largest blobs first, none overlapping.

    Args:
        labels: label map, uint8 (h, w); 255 gets no name.
        space: whose names.
        shown: (H, W) in pixels at which the map is shown; it may have another aspect than the map.
    """
    grid = _grid(labels, shown)
    cell_high, cell_wide = shown[0] / grid.shape[0], shown[1] / grid.shape[1]
    depth = _depth(grid)
    # Four-connected insides cannot touch another label's: the pixels between them have depth 0.
    count, blobs, stats, centres = cv2.connectedComponentsWithStats((depth > 0).view(np.uint8), connectivity=4)
    areas = stats[:, cv2.CC_STAT_AREA]
    names: list[Name] = []
    for blob in 1 + np.argsort(-areas[1:count], kind="stable"):
        left, top, width, height, area = (int(value) for value in stats[blob])
        if len(names) == _MOST_NAMES or area * cell_high * cell_wide < _smallest_area(shown):
            break
        box = (slice(top, top + height), slice(left, left + width))
        inside = np.where(blobs[box] == blob, depth[box], 0)
        label = int(grid[box].flat[int(inside.argmax())])
        if label == UNLABELLED:
            continue
        text = space.name(label)
        best = _size_for(text, float(inside.max()), cell_high, cell_wide, area, shown)
        if best is None:
            continue
        # Twice as deep as the text needs is enough, so a roomy blob carries its name at its centre of mass.
        need = 2 * _radius(text, best, cell_high, cell_wide)
        column, row = centres[blob] - (left, top)
        ys, xs = np.indices(inside.shape, sparse=True)
        away = np.hypot(ys - row, xs - column)
        score = np.minimum(inside, need) - 0.02 * away - 1e6 * (inside == 0)
        y, x = np.unravel_index(int(score.argmax()), inside.shape)
        name = Name(text, label, _snap((left + x + 0.5) * cell_wide), _snap((top + y + 0.5) * cell_high), best)
        name = _inside(name, shown)
        if not any(_overlap(name, other) for other in names):
            names.append(name)
    return names


def _grid(labels: Image, shown: Size) -> Image:
    """Return the map at about 96 rows, its cells twice as wide as high, without specks.

    In such cells a disc is an ellipse on the screen, lying like a word.
    """
    rows = min(_ROWS, shown[0])
    columns = max(1, round(shown[1] / shown[0] * rows / 2))
    grid = cv2.resize(labels, (columns, rows), interpolation=cv2.INTER_NEAREST)
    return cv2.medianBlur(grid, 3) if min(rows, columns) > 3 else grid  # type: ignore[return-value]


def _depth(grid: Image) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Return each cell's distance to the nearest other label or the map's edge, in cells; 0 at a border."""
    inside = np.ones((grid.shape[0] + 2, grid.shape[1] + 2), np.uint8)
    inside[0] = inside[-1] = inside[:, 0] = inside[:, -1] = 0
    core = inside[1:-1, 1:-1]
    core[:, :-1] &= grid[:, :-1] == grid[:, 1:]
    core[:-1] &= grid[:-1] == grid[1:]
    return cv2.distanceTransform(inside, cv2.DIST_L2, 3)[1:-1, 1:-1]  # type: ignore[return-value]


def _size_for(
    text: str, depth: float, cell_high: float, cell_wide: float, area: int, shown: Size
) -> int | None:
    """Return the largest font size whose text stays inside a blob that is `depth` cells deep, or None."""
    small, large = _font_range(shown)
    # A quarter of the text may hang over: its halo keeps it readable.
    for size in range(large, small - 1, -2):
        if _radius(text, size, cell_high, cell_wide) <= depth * 1.25:
            return size
    return None


def _font_range(shown: Size) -> tuple[int, int]:
    side = min(shown)
    return max(10, round(side / 42)), max(12, round(side / 19))


def _smallest_area(shown: Size) -> float:
    return 0.004 * shown[0] * shown[1]


def _radius(text: str, size: int, cell_high: float, cell_wide: float) -> float:
    """Return the depth in cells at which the text's box just fits the inscribed ellipse."""
    width, height = text_size(text, size)
    return float(np.hypot(width / 2 / cell_wide, height / 2 / cell_high))


def _snap(position: float) -> int:
    return 4 * round(position / 4)


def _inside(name: Name, shown: Size) -> Name:
    left, top, right, bottom = name.box
    x = name.x - min(0, left - 2) - max(0, right + 2 - shown[1])
    y = name.y - min(0, top - 2) - max(0, bottom + 2 - shown[0])
    return name._replace(x=x, y=y)


def _overlap(one: Name, other: Name, gap: int = 6) -> bool:
    a, b = one.box, other.box
    return a[0] < b[2] + gap and b[0] < a[2] + gap and a[1] < b[3] + gap and b[1] < a[3] + gap
