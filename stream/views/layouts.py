"""Compose views: the picture, the labels with names, both beside the frame, or the names on the frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from engines.labels import LabelSpace
from stream.controls import VIEWS, View
from stream.fit import Size, resample
from stream.frame import Frame, Image
from stream.views.label_colours import palette
from stream.views.layers import GUTTER, Display, coloured, layer_of
from stream.views.name_placement import Name, place_names
from stream.views.text import Colour, put_text, text_size

BACKGROUND: Colour = (24, 20, 19)

Place = Callable[[Image, LabelSpace, Size], list[Name]]
"""Returns the names on a label map that is shown at a size (H, W)."""


def compose(frame: Frame, view: View, display: Display, place: Place = place_names) -> Image:
    """Return the view of a frame: uint8 (H, W, 3) BGR, both sides even, in the frame's proportions.

    Names are drawn over the layers, after the flash guard: none is ever blended with another picture.

    Args:
        frame: holds the layers of the view, or `painted_labels` and `picture`, of which they are made.
        view: one of `VIEWS`.
        display: how layers are shown.
        place: places the names.

    Raises:
        ValueError: the frame lacks the labels or the picture that the view shows.
    """
    if view == "picture":
        return _painting(frame, display)
    if view == "labels":
        return _schematic(frame, display, place)
    if view == "overlay":
        return _overlay(frame, display, place)
    return _triptych(frame, display, place)


def next_view(view: View) -> View:
    """Return the view after `view`; the first follows the last."""
    return VIEWS[(VIEWS.index(view) + 1) % len(VIEWS)]


def view_of(frame: Frame) -> Image:
    """Return the view of a frame that is ready to be shown.

    Raises:
        ValueError: no view was composed for it.
    """
    if frame.view is None:
        raise ValueError(f"frame {frame.index} has no view to show")
    return frame.view


def _painting(frame: Frame, display: Display) -> Image:
    return resample(layer_of(frame, "painting", display), display.panel(frame))


def _schematic(frame: Frame, display: Display, place: Place) -> Image:
    labels, size, space = layer_of(frame, "labels", display), display.panel(frame), display.space
    shown = coloured(labels, size, space)
    for name in place(labels, space, size):
        colour = _colour(name, space)
        _put_name(shown, name, _ink_on(colour), halo=colour)
    return shown


def _overlay(frame: Frame, display: Display, place: Place) -> Image:
    labels, size, space = layer_of(frame, "labels", display), display.panel(frame), display.space
    shown = layer_of(frame, "overlay", display).copy()
    for name in place(labels, space, size):
        colour = _colour(name, space)
        # Whatever the photo holds there, light letters on a dark rim are readable.
        _put_name(shown, name, _tint(colour, 0.15, 255), halo=_tint(colour, 0.35, 0))
    return shown


def _triptych(frame: Frame, display: Display, place: Place) -> Image:
    height, width = display.panel(frame)
    panels = (
        layer_of(frame, "camera", display),
        _schematic(frame, display, place),
        _painting(frame, display),
    )
    shown = np.empty((height, 3 * width + 2 * GUTTER, 3), np.uint8)
    for number, panel in enumerate(panels):
        left = number * (width + GUTTER)
        shown[:, left : left + width] = panel
        if number:
            shown[:, left - GUTTER : left] = BACKGROUND
    return shown


def _colour(name: Name, space: LabelSpace) -> Colour:
    blue, green, red = (int(value) for value in palette(space)[name.label])
    return blue, green, red


def _put_name(shown: Image, name: Name, ink: Colour, halo: Colour) -> None:
    left, _, _, bottom = name.box
    put_text(shown, name.text, left, bottom, name.size, ink, halo=halo)


def _ink_on(colour: Colour) -> Colour:
    blue, green, red = colour
    light = 0.114 * blue + 0.587 * green + 0.299 * red > 125
    return _tint(colour, 0.2, 0) if light else _tint(colour, 0.12, 255)


def _tint(colour: Colour, share: float, grey: int) -> Colour:
    blue, green, red = (round(share * value + (1 - share) * grey) for value in colour)
    return blue, green, red


def annotate(shown: Image, notes: Sequence[str], *, row: int = 0) -> None:
    """Write short words on the state into the upper right corner of a view.

    Args:
        shown: the view, uint8 (H, W, 3) BGR; it is changed.
        notes: the words, from right to left.
        row: the line of text, 0 at the top; each writer has a line of its own.
    """
    size = max(12, shown.shape[0] // 34)
    right, top = shown.shape[1] - size, size + 3 * size * row
    for note in notes:
        width, height = text_size(note, size)
        box = shown[top : top + height + size, max(0, right - width - size) : right]
        box[:] = box // 4
        put_text(shown, note, right - width - size // 2, top + height + size // 2, size, (240, 240, 240))
        right -= width + size + size // 2
