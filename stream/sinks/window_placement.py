"""Place a view in a window: whole with black bars, or filling the window with its edges cut off."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from stream.fit import Size, resample
from stream.frame import Image


@dataclass(frozen=True)
class Placement:
    """Place a view in a window, in the view's proportions and in the middle.

    Attributes:
        view: (H, W) of the view in pixels.
        window: (H, W) of the window in pixels.
        fill: fill the window and cut the view's edges off; else the whole view is shown between black bars.
    """

    view: Size
    window: Size
    fill: bool = False

    @cached_property
    def scale(self) -> float:
        """Window pixels for one pixel of the view."""
        high, wide = self.window[0] / self.view[0], self.window[1] / self.view[1]
        return max(high, wide) if self.fill else min(high, wide)

    @cached_property
    def size(self) -> Size:
        """(H, W) of the part of the window that the view covers."""
        (rows, columns), (height, width) = self.view, self.window
        return (
            min(height, max(1, round(rows * self.scale))),
            min(width, max(1, round(columns * self.scale))),
        )

    def draw(self, view: Image) -> Image:
        """Return the view, uint8 (H, W, 3), as uint8 of the window's size; a new array."""
        (height, width), (rows, columns) = self.size, self.view
        high, wide = (
            min(rows, max(1, round(height / self.scale))),
            min(columns, max(1, round(width / self.scale))),
        )
        top, left = (rows - high) // 2, (columns - wide) // 2
        shown = resample(view[top : top + high, left : left + wide], self.size)
        above, before = (self.window[0] - height) // 2, (self.window[1] - width) // 2
        if self.size == self.window:
            return shown
        below, behind = self.window[0] - height - above, self.window[1] - width - before
        return cv2.copyMakeBorder(shown, above, below, before, behind, cv2.BORDER_CONSTANT)  # type: ignore[return-value]

    def line_to_window(self, line: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return points (N, 2) of the view, x and y, in the window's pixels."""
        middle, new_middle = np.array(self.view[::-1]) / 2, np.array(self.window[::-1]) / 2
        return ((line - middle) * self.scale + new_middle).astype(np.float32)

    def to_view(self, x: float, y: float) -> tuple[int, int] | None:
        """Return the column and row of the view's pixel under a point of the window; None on a bar."""
        (rows, columns), (height, width) = self.view, self.window
        column = (x + 0.5 - width / 2) / self.scale + columns / 2
        row = (y + 0.5 - height / 2) / self.scale + rows / 2
        inside = 0 <= column < columns and 0 <= row < rows
        return (int(column), int(row)) if inside else None
