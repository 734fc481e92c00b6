"""Place the names of labels on a label map: on each large blob, at its most interior point.

A name stands at the blob's centre of mass if there is room for it. In a film, `Names` remembers the position
of each name, so that it glides while blobs split, merge and flicker; without memory it would jump.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from engines.labels import LabelSpace
from stream.fit import Size
from stream.frame import Image
from stream.views.blobs import Blob, coarse_grid, large_blobs
from stream.views.text import text_size

_MOST_NAMES = 16


class Name(NamedTuple):
    """Represent one name on a shown map: text, label id, centre of the text and font size, both in pixels."""

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


class Names:
    """Place the names on a film's label maps; names glide along with their blobs and do not jump."""

    def __init__(self) -> None:
        self._before: list[Name] = []
        self._shown: Size | None = None

    def place(self, labels: Image, space: LabelSpace, shown: Size, strides: int = 1) -> list[Name]:
        """Return the names for the next label map; arguments as for `place_names`."""
        before = self._before if shown == self._shown else []
        self._before, self._shown = place_names(labels, space, shown, before, strides), shown
        return self._before


def place_names(
    labels: Image, space: LabelSpace, shown: Size, before: Sequence[Name] = (), strides: int = 1
) -> list[Name]:
    """Return the names for a label map that is shown at a given size: large blobs first, none overlapping.

    Args:
        labels: label map, uint8 (h, w); 255 gets no name.
        space: the label space of the map.
        shown: (H, W) in pixels at which the map is shown; its aspect may differ from the map's.
        before: the names on the map before this one, from which names glide on.
        strides: how many strides a name glides at once.
    """
    grid = coarse_grid(labels, shown)
    cell = shown[0] / grid.shape[0], shown[1] / grid.shape[1]
    names: list[Name] = []
    for blob in large_blobs(grid):
        name = _name(blob, space.name(blob.label), cell, shown)
        if name is not None:
            name = _walk(name, blob, before, cell, shown, strides)
        if name is not None and not any(_overlap(name, other) for other in names):
            names.append(name)
        if len(names) == _MOST_NAMES:
            break
    return names


def _name(blob: Blob, text: str, cell: tuple[float, float], shown: Size) -> Name | None:
    """Return the blob's name in the largest letters that fit into it; None if no letters fit."""
    size = _letters_for(text, float(blob.depth.max()), cell, shown)
    if size is None:
        return None
    ys, xs = np.ogrid[: blob.depth.shape[0], : blob.depth.shape[1]]
    away = np.hypot(ys - blob.centre[1], xs - blob.centre[0])
    # Twice the depth that the text needs is enough, so a large blob has its name at its centre of mass.
    enough = 2 * _radius(text, size, cell)
    score = np.where(blob.depth > 0, np.minimum(blob.depth, enough) - 0.02 * away, -np.inf)
    row, column = divmod(int(score.argmax()), score.shape[1])
    x, y = (blob.left + column + 0.5) * cell[1], (blob.top + row + 0.5) * cell[0]
    return _within(Name(text, blob.label, _snap(x), _snap(y), size), shown)


def _walk(
    name: Name, blob: Blob, before: Sequence[Name], cell: tuple[float, float], shown: Size, strides: int
) -> Name:
    """Return `name` on its way from its position in the map before; if it has no room there, it jumps."""
    for old in before:
        if old.label == name.label and _room(blob, old, cell) > 0:
            x, y = old.x, old.y
            for _ in range(strides):
                x, y = _approach(x, name.x), _approach(y, name.y)
            size = name.size if abs(name.size - old.size) > 2 else old.size
            step = _within(Name(name.text, name.label, x, y, size), shown)
            if _room(blob, step, cell) >= 0.2 * _radius(step.text, step.size, cell):
                return step
    return name


def _room(blob: Blob, name: Name, cell: tuple[float, float]) -> float:
    """Return the blob's depth in cells around the name's centre; 0 outside the blob."""
    row, column = int(name.y / cell[0]) - blob.top, int(name.x / cell[1]) - blob.left
    # Two cells to each side: a thin object may pass through a name without moving it.
    around = blob.depth[max(0, row - 2) : max(0, row + 3), max(0, column - 2) : max(0, column + 3)]
    return float(around.max(initial=0))


def _approach(old: int, new: int) -> int:
    """Return the position a fifth of the way from old to new, 10 pixels at most; `old` if it is near."""
    return old if abs(new - old) <= 6 else old + max(-10, min(10, round((new - old) / 5)))


def _letters_for(text: str, depth: float, cell: tuple[float, float], shown: Size) -> int | None:
    smallest, largest = max(10, round(min(shown) / 42)), max(12, round(min(shown) / 19))
    # A quarter of the text may reach over the edge: its halo keeps it readable.
    sizes = range(largest, smallest - 1, -2)
    return next((size for size in sizes if _radius(text, size, cell) <= 1.25 * depth), None)


def _radius(text: str, size: int, cell: tuple[float, float]) -> float:
    """Return how deep in cells a blob must be for its inscribed ellipse to hold the text."""
    width, height = text_size(text, size)
    return float(np.hypot(height / 2 / cell[0], width / 2 / cell[1]))


def _snap(position: float) -> int:
    return 4 * round(position / 4)


def _within(name: Name, shown: Size, margin: int = 4) -> Name:
    left, top, right, bottom = name.box
    x = name.x + max(0, margin - left) - max(0, right + margin - shown[1])
    y = name.y + max(0, margin - top) - max(0, bottom + margin - shown[0])
    return name._replace(x=x, y=y)


def _overlap(one: Name, other: Name, gap: int = 6) -> bool:
    a, b = one.box, other.box
    return a[0] < b[2] + gap and b[0] < a[2] + gap and a[1] < b[3] + gap and b[1] < a[3] + gap
