"""Measure how much of any 10° field of view a mask fills: the area in WCAG 2.3.1."""

from __future__ import annotations

import math
from typing import NamedTuple

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


class Field(NamedTuple):
    """Represent one kind of 10° field on the measured layer.

    Attributes:
        height: in pixels of the measured layer.
        width: the same.
        part: share of the field, 0 to 1, that counts as the whole field.
    """

    height: int
    width: int
    part: float = 1.0


Fields = frozenset[Field]
"""All kinds of fields on the measured layer."""


def fields_of(shape: tuple[int, int]) -> Fields:
    """Return the kinds of 10° fields on a picture, (H, W), that is shown alone.

    The size at which a picture will be shown is unknown. So a third of its height by a third of its width
    counts as a field, as on a full screen; if it is larger than WCAG's screen, fields in its own pixels count
    too.
    """
    height, width = shape
    fields = [Field(max(1, round(height / 3)), max(1, round(width / 3)))]
    if height > SCREEN[0] or width > SCREEN[1]:
        fields += [Field(h, w) for h, w in FIELDS if h <= height and w <= width]
    return frozenset(fields)


def fields_on_layer(
    view: tuple[int, int], panel: tuple[int, int], layer: tuple[int, int], margin: float = 1.0
) -> Fields:
    """Return the kinds of 10° fields on a layer that is scaled and shown as a panel of a view.

    Args:
        view: (H, W) of the view, in pixels: one panel or several side by side, all of one size.
        panel: (H, W) of each panel.
        layer: (H, W) of the measured layer, before it is scaled to the panel.
        margin: share of a field at which it counts as the whole field.
    """
    down, across = (have / shown for have, shown in zip(layer, panel, strict=True))
    return frozenset(
        Field(
            min(layer[0], max(1, round(height * down))),
            min(layer[1], max(1, round(width * across))),
            margin,
        )
        for height, width, _ in fields_of(view)
    )


def panels_touched(view: tuple[int, int], panel: tuple[int, int]) -> int:
    """Return how many panels, of (H, W), a 10° field of the view can touch at once."""
    panels = round(view[1] / panel[1])
    if panels == 1:
        return 1
    pitch = (view[1] - panel[1]) / (panels - 1)
    widest = max(field.width for field in fields_of(view))
    return min(panels, 1 + math.ceil((widest - (pitch - panel[1])) / pitch))


class Windows:
    """Represent all positions of all 10° fields on a picture.

    An area is over the limit if it is so in any of these fields.

    Args:
        shape: (H, W) of the picture, in pixels.
        fields: the kinds of fields; by default those of a picture that is shown alone.

    Attributes:
        shape: as given.
        fields: the kinds of fields, in a fixed order.
        places: (H − h + 1, W − w + 1) of each kind: the number of positions of its top left corner.
        least: number of pixels that count as the whole field, in the field with the fewest.
    """

    def __init__(self, shape: tuple[int, int], fields: Fields | None = None) -> None:
        height, width = self.shape = shape
        self.fields = tuple(sorted(fields or fields_of(shape)))
        self.places = [(height - h + 1, width - w + 1) for h, w, _ in self.fields]
        self.least = min(map(_area, self.fields))

    def reached(self, mask: Mask, share: float = SHARE) -> bool:
        """Return whether `mask`, bool (H, W), fills at least `share` of any field."""
        if cv2.countNonZero(mask.view(np.uint8)) < share * self.least:
            return False
        table = _table(mask)
        return any(
            _some_full(table, field, share)
            or (_may_be_full(table, field, share) and bool(_full(table, field, share).any()))
            for field in self.fields
        )

    def full(self, mask: Mask, share: float = SHARE) -> list[Mask]:
        """Return the fields of which `mask`, bool (H, W), fills at least `share`.

        Returns:
            For each kind of field (h, w), bool (H − h + 1, W − w + 1) by the field's top left corner; an
            empty list if no field can be that full.
        """
        if cv2.countNonZero(mask.view(np.uint8)) < share * self.least:
            return []
        table = _table(mask)
        if not any(_may_be_full(table, field, share) for field in self.fields):
            return []
        return [_full(table, field, share) for field in self.fields]

    def fullest(self, mask: Mask) -> float:
        """Return how much of the limit, SHARE of a field, `mask`, bool (H, W), fills in the fullest field."""
        if not mask.any():
            return 0.0
        table = _table(mask)
        return max(int(_filled(table, field).max()) / (SHARE * _area(field)) for field in self.fields)

    def inside(self, chosen: list[Mask]) -> Mask:
        """Return all pixels of the chosen fields, bool (H, W); `chosen` has the form that `full` returns."""
        found: Mask | None = None
        for (height, width, _), begins in zip(self.fields, chosen, strict=True):
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


def _area(field: Field) -> float:
    return field.part * field.height * field.width


def _table(mask: Mask) -> npt.NDArray[np.int32]:
    """Return the summed-area table, (H + 1, W + 1)."""
    return np.asarray(cv2.integral(mask.view(np.uint8)), np.int32)


def _some_full(table: npt.NDArray[np.int32], field: Field, share: float) -> bool:
    """Return whether any of a few fields is full: if so, the others need no look."""
    height, width, _ = field
    step = max(1, min(height, width) // 8)
    tall = table[height::step] - table[:-height:step]
    sums = tall[:, width::step] - tall[:, :-width:step]
    return bool(sums.max() >= share * _area(field))


def _may_be_full(table: npt.NDArray[np.int32], field: Field, share: float) -> bool:
    """Return whether any field can be full: look at a few boxes, a little larger, that contain all fields."""
    height, width, _ = field
    step = max(1, min(height, width) // 8)
    top, left = np.arange(0, table.shape[0] - height, step), np.arange(0, table.shape[1] - width, step)
    bottom = np.minimum(top + height + step - 1, table.shape[0] - 1)
    right = np.minimum(left + width + step - 1, table.shape[1] - 1)
    tall = table[bottom] - table[top]
    return bool((tall[:, right] - tall[:, left]).max() >= share * _area(field))


def _full(table: npt.NDArray[np.int32], field: Field, share: float) -> Mask:
    """Return which fields of one kind are filled to at least `share`, bool (H − h + 1, W − w + 1)."""
    full: Mask = _filled(table, field) >= math.ceil(share * _area(field))
    return full


def _filled(table: npt.NDArray[np.int32], field: Field) -> npt.NDArray[np.int32]:
    """Return how many pixels each field of one kind has, int32 (H − h + 1, W − w + 1)."""
    height, width, _ = field
    tall = table[height:] - table[:-height]
    filled: npt.NDArray[np.int32] = tall[:, width:] - tall[:, :-width]
    return filled
