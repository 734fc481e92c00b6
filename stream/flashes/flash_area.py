"""Measure how much of any 10° field of view a mask fills: the area in WCAG 2.3.1."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from stream.flashes.light import Mask

SHARE = 0.25
"""Share of a 10° field: flashes that together fill less are below WCAG's threshold."""

SCREEN = (768, 1024)
"""WCAG's screen, (H, W) in pixels: a third by a third of it estimates a 10° field."""

FIELDS = ((256, 341), (341, 256), (416, 416))
"""Sizes of a 10° field, (H, W) in pixels of a picture that is shown at its own size: WCAG's estimate, lying,
and upright as on a turned screen; and the square in CSS pixels at their reference distance, which TRACE uses
too."""


class Windows:
    """Represent all positions of all 10° fields on a picture.

    The size at which a picture will be shown is unknown. So a third of its height by a third of its width
    counts as a field, as on a full screen; if it is larger than WCAG's screen, fields in its own pixels count
    too. An area is over the limit if it is so in any of these fields.

    Args:
        shape: (H, W) of the picture, in pixels.

    Attributes:
        sizes: (h, w) of each kind of field; the first is a third by a third of the picture.
        places: (H − h + 1, W − w + 1) of each kind: the number of positions of its top left corner.
        least: number of pixels of the smallest field.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        height, width = shape
        self.sizes = [(max(1, round(height / 3)), max(1, round(width / 3)))]
        if height > SCREEN[0] or width > SCREEN[1]:
            self.sizes += [(h, w) for h, w in FIELDS if h <= height and w <= width]
        self.places = [(height - h + 1, width - w + 1) for h, w in self.sizes]
        self.least = min(h * w for h, w in self.sizes)

    def reached(self, mask: Mask, share: float = SHARE) -> bool:
        """Return whether `mask`, bool (H, W), fills at least `share` of any field."""
        if cv2.countNonZero(mask.view(np.uint8)) < share * self.least:
            return False
        table = _table(mask)
        return any(
            _some_full(table, size, share)
            or (_may_be_full(table, size, share) and bool(_full(table, size, share).any()))
            for size in self.sizes
        )

    def full(self, mask: Mask, share: float = SHARE) -> list[Mask]:
        """Return the fields of which `mask`, bool (H, W), fills at least `share`.

        Returns:
            For each size (h, w), bool (H − h + 1, W − w + 1) by the fields' top left corner; an empty list if
            no field can be that full.
        """
        if cv2.countNonZero(mask.view(np.uint8)) < share * self.least:
            return []
        table = _table(mask)
        if not any(_may_be_full(table, size, share) for size in self.sizes):
            return []
        return [_full(table, size, share) for size in self.sizes]

    def inside(self, chosen: list[Mask]) -> Mask:
        """Return all pixels of the chosen fields, bool (H, W); `chosen` has the form that `full` returns."""
        found: Mask | None = None
        for (height, width), begins in zip(self.sizes, chosen, strict=True):
            # A pixel is inside if the top left of a chosen field lies in the box that ends at the pixel.
            padded = cv2.copyMakeBorder(
                begins.view(np.uint8), 0, height - 1, 0, width - 1, cv2.BORDER_CONSTANT, value=0
            )
            begun = cv2.boxFilter(
                padded,
                cv2.CV_32S,
                (width, height),
                anchor=(width - 1, height - 1),
                normalize=False,
                borderType=cv2.BORDER_CONSTANT,
            )
            inside: Mask = np.asarray(begun) > 0
            found = inside if found is None else found | inside
        assert found is not None, "there is always a field"
        return found


def _table(mask: Mask) -> npt.NDArray[np.int32]:
    """Return the summed-area table, (H + 1, W + 1)."""
    return np.asarray(cv2.integral(mask.view(np.uint8)), np.int32)


def _some_full(table: npt.NDArray[np.int32], size: tuple[int, int], share: float) -> bool:
    """Return whether any of a few fields is full: if so, the others need no look."""
    height, width = size
    step = max(1, min(size) // 8)
    tall = table[height::step] - table[:-height:step]
    sums = tall[:, width::step] - tall[:, :-width:step]
    return bool(sums.max() >= share * height * width)


def _may_be_full(table: npt.NDArray[np.int32], size: tuple[int, int], share: float) -> bool:
    """Return whether any field can be full: look at a few boxes, a little larger, that contain all fields."""
    height, width = size
    step = max(1, min(size) // 8)
    top, left = np.arange(0, table.shape[0] - height, step), np.arange(0, table.shape[1] - width, step)
    bottom = np.minimum(top + height + step - 1, table.shape[0] - 1)
    right = np.minimum(left + width + step - 1, table.shape[1] - 1)
    tall = table[bottom] - table[top]
    return bool((tall[:, right] - tall[:, left]).max() >= share * height * width)


def _full(table: npt.NDArray[np.int32], size: tuple[int, int], share: float) -> Mask:
    """Return which fields of the size (h, w) are filled to at least `share`, bool (H − h + 1, W − w + 1)."""
    height, width = size
    tall = table[height:] - table[:-height]
    full: Mask = tall[:, width:] - tall[:, :-width] >= math.ceil(share * height * width)
    return full
