"""Draw cards: a few lines on a rounded dark panel, alone or over a view."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np

from stream.fit import Size
from stream.frame import Image
from stream.views.text import Colour, put_text, text_size

PANEL: Colour = (34, 29, 27)
TITLE: Colour = (250, 250, 250)
BODY: Colour = (206, 200, 197)
ACCENT: Colour = (88, 122, 248)

_SMALLEST = 8
"""The smallest letters that can be read, in pixels."""

PHOTOSENSITIVITY = (
    "Photosensitivity warning",
    (
        "The painting can flicker and flash.",
        "If flashing light harms you or someone",
        "who watches with you, please do not look.",
        "",
        "Any key goes on.  Esc quits.",
    ),
)
"""Title and lines of the card that the first window shows."""


@lru_cache(maxsize=8)
def card(size: Size, title: str, lines: tuple[str, ...]) -> Image:
    """Return a notice in the middle of a black picture.

    Args:
        size: (H, W) of the picture; the letters adapt to it.
        title: the first line, larger.
        lines: the others; a tab divides a line into two columns.

    Returns:
        uint8 (H, W, 3) BGR, not writable.
    """
    image = np.zeros((*size, 3), np.uint8)
    _draw(image, title, lines)
    image.setflags(write=False)
    return image


def with_card(view: Image, title: str, lines: Sequence[str]) -> Image:
    """Return a darkened copy of `view`, uint8 (H, W, 3) BGR, with a notice in its middle."""
    image = view // 3
    _draw(image, title, tuple(lines))
    return image


def _draw(image: Image, title: str, lines: tuple[str, ...]) -> None:
    size, lines = _fitted(image.shape[:2], title, lines)
    step, margin = round(1.6 * size), 2 * size
    width, height = _extent(title, lines, size)
    left, top = max((image.shape[1] - width) // 2, 1), max((image.shape[0] - height) // 2, 1)
    _panel(image, left - margin, top - margin, width + 2 * margin, height + 2 * margin, size)
    baseline = top + round(1.1 * size)
    put_text(image, title, left, baseline, round(1.4 * size), TITLE, weight=700)
    column = left + _key_width(lines, size)
    baseline += size // 2
    for line in lines:
        baseline += step
        key, tab, meaning = line.partition("\t")
        put_text(image, key, left, baseline, size, ACCENT if tab else BODY, weight=700 if tab else 450)
        put_text(image, meaning, column, baseline, size, BODY, weight=450)


def _fitted(size: Size, title: str, lines: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
    """Return the largest letter size with which all lines fit, and the lines.

    If even the smallest size is too large, lines are broken, and the last ones that do not fit are left out.
    """
    height, width = size
    for letters in range(max(_SMALLEST, round(height / 24)), _SMALLEST - 1, -1):
        wide, high = _extent(title, lines, letters)
        if wide + 6 * letters <= width and high + 6 * letters <= height:
            return letters, lines
    kept = [part for line in lines for part in _broken(line, width - 4 * _SMALLEST)]
    while kept and _extent(title, tuple(kept), _SMALLEST)[1] + 2 * _SMALLEST > height:
        kept.pop()
    return _SMALLEST, tuple(kept)


def _broken(line: str, width: int) -> list[str]:
    """Break a line between words so that each part has at most `width` pixels of the smallest letters."""
    if "\t" in line:
        return [line]
    parts = [""]
    for word in line.split(" "):
        longer = f"{parts[-1]} {word}".strip()
        if parts[-1] and text_size(longer, _SMALLEST, 450)[0] > width:
            parts.append(word)
        else:
            parts[-1] = longer
    return parts


def _extent(title: str, lines: tuple[str, ...], size: int) -> tuple[int, int]:
    column = _key_width(lines, size)
    widths = [text_size(title, round(1.4 * size), 700)[0]]
    for line in lines:
        key, tab, meaning = line.partition("\t")
        widths.append(column + text_size(meaning, size, 450)[0] if tab else text_size(key, size, 450)[0])
    return max(widths), round(1.1 * size) + size // 2 + len(lines) * round(1.6 * size)


def _key_width(lines: tuple[str, ...], size: int) -> int:
    keys = [line.partition("\t")[0] for line in lines if "\t" in line]
    return max((text_size(key, size, 700)[0] for key in keys), default=0) + round(1.5 * size)


def _panel(image: Image, left: int, top: int, width: int, height: int, radius: int) -> None:
    right, bottom = left + width - 1, top + height - 1
    for x in (left + radius, right - radius):
        for y in (top + radius, bottom - radius):
            cv2.circle(image, (x, y), radius, PANEL, -1, cv2.LINE_AA)
    cv2.rectangle(image, (left + radius, top), (right - radius, bottom), PANEL, -1)
    cv2.rectangle(image, (left, top + radius), (right, bottom - radius), PANEL, -1)
