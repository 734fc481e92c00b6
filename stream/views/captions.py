"""Draw what the window alone shows over a view: a short line, a recording's mark, and a choice of labels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import cv2
import numpy as np

from stream.frame import Image
from stream.views.cards import ACCENT, BODY, PANEL, TITLE
from stream.views.label_at import Outline
from stream.views.text import Colour, put_text, text_size

DIM: Colour = (150, 142, 138)
HIGHLIGHT: Colour = (92, 78, 72)
RECORDING: Colour = (70, 70, 235)

_OPACITY = 0.86
_ROWS = 6


class Row(NamedTuple):
    """One row of a choice.

    Attributes:
        name: the words.
        note: dim words behind them.
        colour: of the square in front of them.
        chosen: whether the row is highlighted.
    """

    name: str
    note: str
    colour: Colour
    chosen: bool


class Choice(NamedTuple):
    """A choice of labels.

    Attributes:
        title: what is chosen for.
        typed: the text so far; a caret is drawn behind it.
        rows: all that are offered; those around the chosen one are drawn.
        hints: short words on the keys, each a line at the end.
        above: whether it is drawn near the upper edge; else near the lower one.
    """

    title: str
    typed: str
    rows: tuple[Row, ...]
    hints: tuple[str, ...]
    above: bool = False


def letters(image: Image) -> int:
    """Return the size of the letters on a picture, in pixels: legible from a chair, and in a small window."""
    height, width = image.shape[:2]
    return int(max(13, min(height / 36, width / 24)))


def draw_line(image: Image, text: str) -> None:
    """Draw a short line on a panel at the lower edge, in the middle; the picture is changed.

    Args:
        image: uint8 (H, W, 3) BGR.
        text: one line; a long one, such as a path, loses its middle.
    """
    size = letters(image)
    text = _shortened(text, image.shape[1] - 4 * size, size)
    width, height = text_size(text, size)
    pad = round(0.55 * size)
    left, top = (image.shape[1] - width) // 2, image.shape[0] - 2 * size - height - pad
    _panel(image, left - 2 * pad, top - pad, width + 4 * pad, height + 2 * pad, pad)
    put_text(image, text, left, top + height, size, TITLE)


def draw_recording(image: Image, seconds: int) -> None:
    """Draw the mark of a recording, with its length, into the upper left corner; the picture is changed."""
    size = letters(image)
    minutes, rest = divmod(seconds, 60)
    text = f"{minutes}:{rest:02}"
    width, height = text_size(text, size)
    pad = round(0.55 * size)
    left, top = size, size
    _panel(image, left, top, height + width + 5 * pad, height + 2 * pad, pad)
    middle = left + 2 * pad + height // 2 - pad // 2, top + pad + height // 2
    cv2.circle(image, middle, max(3, round(0.36 * size)), RECORDING, -1, cv2.LINE_AA)
    put_text(image, text, left + 3 * pad + height, top + pad + height, size, TITLE)


def draw_outlines(image: Image, outlines: Iterable[Outline]) -> None:
    """Draw closed lines, bright on a dark rim, in the picture's pixels; the picture is changed."""
    lines = [np.rint(16 * line).astype(np.int32) for line in outlines]
    width = max(2, round(image.shape[0] / 360))
    for colour, wide in ((PANEL, width + 2), (TITLE, width)):
        cv2.polylines(image, lines, True, colour, wide, cv2.LINE_AA, shift=4)


def draw_choice(image: Image, choice: Choice) -> None:
    """Draw a choice of labels on a panel near the upper or lower edge, in the middle.

    Args:
        image: uint8 (H, W, 3) BGR; it is changed.
        choice: what is drawn.
    """
    title, typed, rows, hints, above = choice
    size = min(letters(image), max(9, image.shape[0] // 22))
    small = max(9, round(0.8 * size))
    step, margin = round(1.75 * size), round(1.1 * size)
    rows = _around_chosen(rows, max(1, min(_ROWS, (image.shape[0] - 4 * margin) // step - 2 - len(hints))))
    lines = [(row.name, row.note) for row in rows]
    square = round(0.8 * size)
    head = text_size(f"{title}  ", size, 700)[0]
    widths = [head + text_size(f"{typed}  ", size)[0] + size]
    widths += [
        2 * square + text_size(name, size)[0] + (size + text_size(note, small, 450)[0] if note else 0)
        for name, note in lines
    ]
    widths += [text_size(hint, small, 450)[0] for hint in hints]
    width = min(image.shape[1] - 2 * margin, max(*widths, 14 * size))
    height = step * len(rows) + size + round(1.5 * small) * len(hints) + size // 2
    left = (image.shape[1] - width) // 2
    top = 3 * margin if above else image.shape[0] - height - 3 * margin
    top = max(margin, min(top, image.shape[0] - height - margin))
    _panel(image, left - margin, top - margin, width + 2 * margin, height + 2 * margin, round(0.8 * size))
    baseline = top + size
    put_text(image, title, left, baseline, size, ACCENT, weight=700)
    put_text(image, typed, left + head, baseline, size, TITLE)
    caret = left + head + (text_size(typed, size)[0] if typed else 0) + 2
    cv2.rectangle(image, (caret, baseline - round(0.85 * size)), (caret + 1, baseline + size // 6), TITLE, -1)
    for row in rows:
        baseline += step
        if row.chosen:
            over = baseline - round(1.2 * size)
            _panel(image, left - size // 2, over, width + size, step, size // 3, HIGHLIGHT)
        box = (left, baseline - square), (left + square, baseline)
        cv2.rectangle(image, *box, row.colour, -1, cv2.LINE_AA)
        x = left + 2 * square
        put_text(image, row.name, x, baseline, size, DIM if row.note else TITLE)
        if row.note:
            put_text(
                image, row.note, x + text_size(row.name, size)[0] + size, baseline, small, DIM, weight=450
            )
    baseline += size // 2
    for hint in hints:
        baseline += round(1.5 * small)
        put_text(image, hint, left, baseline, small, BODY, weight=450)


def _around_chosen(rows: tuple[Row, ...], count: int) -> tuple[Row, ...]:
    """Return at most so many rows, the chosen one among them."""
    chosen = next((place for place, row in enumerate(rows) if row.chosen), 0)
    first = max(0, min(chosen - count // 2, len(rows) - count))
    return rows[first : first + count]


def _shortened(text: str, width: int, size: int) -> str:
    """Return a text that is at most so many pixels wide; what is too much is left out in its middle."""
    kept = len(text)
    shown = text
    while kept > 4 and text_size(shown, size)[0] > width:
        kept -= 1
        shown = f"{text[: (kept + 1) // 2]}…{text[len(text) - kept // 2 :]}"
    return shown


def _panel(
    image: Image, left: int, top: int, width: int, height: int, radius: int, colour: Colour = PANEL
) -> None:
    """Blend a rounded panel into a picture; parts outside are cut off."""
    right, bottom = min(image.shape[1], left + width), min(image.shape[0], top + height)
    x, y = max(0, left), max(0, top)
    if x >= right or y >= bottom:
        return
    mask = np.zeros((height, width), np.float32)
    radius = max(1, min(radius, (height - 1) // 2, (width - 1) // 2))
    cv2.rectangle(mask, (radius, 0), (width - 1 - radius, height - 1), 1.0, -1)
    cv2.rectangle(mask, (0, radius), (width - 1, height - 1 - radius), 1.0, -1)
    corners = [(cx, cy) for cx in (radius, width - 1 - radius) for cy in (radius, height - 1 - radius)]
    for corner in corners:
        cv2.circle(mask, corner, radius, 1.0, -1)
    weight = _OPACITY * mask[y - top : bottom - top, x - left : right - left, None]
    part = image[y:bottom, x:right]
    part[:] = np.rint(part + weight * (np.array(colour, np.float32) - part)).astype(np.uint8)
