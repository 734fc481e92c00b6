"""Compose views: the picture, the labels with names, both beside the frame, or the names on the frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from engines.labels import LabelSpace
from stream.controls import VIEWS, View
from stream.fit import Fit, Size, resample
from stream.frame import Frame, Image
from stream.views.name_placement import Name, Names, place_names
from stream.views.palette import palette
from stream.views.text import Colour, put_text, text_size

BACKGROUND: Colour = (24, 20, 19)
GUTTER = 6

_Place = Callable[[Image, LabelSpace, Size], list[Name]]


def compose(
    frame: Frame,
    view: View,
    *,
    fit: Fit,
    space: LabelSpace,
    height: int = 512,
    notes: Sequence[str] = (),
    names: Names | None = None,
) -> Image:
    """Return the view of a frame: uint8 (H, W, 3) BGR, both sides even, in the frame's proportions.

    Args:
        frame: holds `painted_labels` or `picture`, as the view needs; both for the triptych.
        view: one of `VIEWS`.
        fit: the fit between frame and net.
        space: the painter's label space.
        height: H in pixels; a panorama comes out lower.
        names: remembers the positions of names, so that they do not jump from frame to frame.
        notes: short words on the state, such as "paused", drawn in the upper right corner.

    Raises:
        ValueError: the frame lacks the labels or the picture that the view shows.
    """
    size = fit.display_size(frame.image, height - height % 2)
    place = names.place if names else place_names
    if view == "picture":
        shown = _picture(frame, fit, size)
    elif view == "labels":
        shown = _schematic(frame, fit, size, space, place)
    elif view == "overlay":
        shown = _overlay(frame, fit, size, space, place)
    else:
        shown = _triptych(frame, fit, size, space, place)
    if notes:
        annotate(shown, notes)
    return shown


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


def _picture(frame: Frame, fit: Fit, size: Size) -> Image:
    if frame.picture is None:
        raise ValueError(f"frame {frame.index} has no picture to show")
    return resample(fit.unfit(frame.picture, frame.image), size)


def _map(frame: Frame, fit: Fit) -> Image:
    if frame.painted_labels is None:
        raise ValueError(f"frame {frame.index} has no labels to show")
    return fit.unfit(frame.painted_labels, frame.image)


def _schematic(frame: Frame, fit: Fit, size: Size, space: LabelSpace, place: _Place) -> Image:
    labels = _map(frame, fit)
    shown = _coloured(labels, size, space)
    for name in place(labels, space, size):
        colour = _colour(name, space)
        _put_name(shown, name, _ink_on(colour), halo=colour)
    return shown


def _overlay(frame: Frame, fit: Fit, size: Size, space: LabelSpace, place: _Place) -> Image:
    labels = _map(frame, fit)
    shown = _coloured(labels, size, space)
    cv2.addWeighted(fit.shown(frame.image, size), 0.45, shown, 0.55, 0, dst=shown)
    for name in place(labels, space, size):
        colour = _colour(name, space)
        # Whatever the photo holds there, light letters on a dark rim are readable.
        _put_name(shown, name, _tint(colour, 0.15, 255), halo=_tint(colour, 0.35, 0))
    return shown


def _triptych(frame: Frame, fit: Fit, size: Size, space: LabelSpace, place: _Place) -> Image:
    height, width = size
    panels = (
        fit.shown(frame.image, size),
        _schematic(frame, fit, size, space, place),
        _picture(frame, fit, size),
    )
    shown = np.empty((height, 3 * width + 2 * GUTTER, 3), np.uint8)
    for number, panel in enumerate(panels):
        left = number * (width + GUTTER)
        shown[:, left : left + width] = panel
        if number:
            shown[:, left - GUTTER : left] = BACKGROUND
    return shown


def _coloured(labels: Image, size: Size, space: LabelSpace) -> Image:
    colours = cv2.LUT(cv2.cvtColor(labels, cv2.COLOR_GRAY2BGR), palette(space)[None])
    return cv2.resize(colours, size[::-1], interpolation=cv2.INTER_NEAREST)  # type: ignore[return-value]


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
