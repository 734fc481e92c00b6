"""Keep the names in views calm: they change at moments half a second apart, all at once."""

from __future__ import annotations

import math

import numpy as np

from engines.labels import LabelSpace
from stream.fit import Size
from stream.frame import Image
from stream.views.name_placement import Name, Names

REST = 0.5
"""Seconds between two moments at which names may come or move. So a pixel that a name crosses changes twice a
second by that, and letters that glide in every frame would change it with each stroke. The flash guard leaves
words two of WCAG's six changes a second."""

_STRIDES = 4
"""Strides that a name glides at such a moment."""

_NEAR = 0.01
"""Height of the surroundings of a name's centre, as a share of the map's, to each side."""


class CalmNames:
    """Place the names of a film's frames, the same for all views of a frame.

    Between the moments names stand still. A name goes at once when its label no longer lies under it, so that
    no name stands on another's colour.
    """

    def __init__(self) -> None:
        self._names = Names()
        self._shown: list[Name] = []
        self._size: Size | None = None
        self._moved_at = -math.inf

    def place(self, labels: Image, space: LabelSpace, size: Size, pts: float) -> list[Name]:
        """Return the names on a label map.

        Args:
            labels: uint8 (h, w), as it is shown.
            space: the label space of the map.
            size: (H, W) at which it is shown, in pixels.
            pts: when it is shown, in seconds.
        """
        if size != self._size or not 0 <= pts - self._moved_at < REST:
            self._shown = self._names.place(labels, space, size, _STRIDES)
            self._size, self._moved_at = size, pts
        else:
            self._shown = [name for name in self._shown if _stands(name, labels, size)]
        return self._shown


def _stands(name: Name, labels: Image, size: Size) -> bool:
    """Return whether the name's label is anywhere near its centre."""
    height, width = labels.shape
    near = max(1, round(_NEAR * height))
    row, column = name.y * height // size[0], name.x * width // size[1]
    around = labels[max(0, row - near) : row + near + 1, max(0, column - 2 * near) : column + 2 * near + 1]
    return bool(np.any(around == name.label))
