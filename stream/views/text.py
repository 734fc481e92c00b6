"""Draw text on pictures: each line is rendered once, kept as a mask, and blended where it is needed."""

from __future__ import annotations

import threading
from functools import lru_cache

import cv2
import numpy as np

from stream.frame import Image

Colour = tuple[int, int, int]
"""Blue, green, red, 0–255."""

_MARGIN = 4

# The loop and the window draw text on different threads, and OpenCV does not say that a font may be shared.
_FONT_LOCK = threading.Lock()


@lru_cache(maxsize=1)
def _font() -> cv2.FontFace:
    return cv2.FontFace("sans")


@lru_cache(maxsize=1024)
def text_size(text: str, size: int, weight: int = 600) -> tuple[int, int]:
    """Return the (width, height) in pixels of one line at `size`; the height is that of capital letters."""
    with _FONT_LOCK:
        _, _, width, _ = cv2.getTextSize((0, 0), text, (0, 0), _font(), size, weight)
    return width, round(0.7 * size)


def put_text(
    image: Image,
    text: str,
    left: int,
    baseline: int,
    size: int,
    colour: Colour,
    *,
    weight: int = 600,
    halo: Colour | None = None,
) -> None:
    """Draw one line of text into `image` in place; parts outside are cut off.

    Args:
        image: uint8 (H, W, 3) BGR; it is changed.
        text: one line.
        left: x of the line's start in pixels.
        baseline: y on which the letters stand.
        size: the font's size in pixels.
        colour: colour of the letters.
        weight: 400 is regular, 600 semibold, 800 bold.
        halo: colour of a soft rim of two or three pixels around the letters.
    """
    keep, ink, x, y = _stamp(text, size, weight, colour, halo)
    left, top = left - x, baseline - y
    rows = slice(max(0, top), min(image.shape[0], top + keep.shape[0]))
    columns = slice(max(0, left), min(image.shape[1], left + keep.shape[1]))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    part = image[rows, columns]
    here = (slice(rows.start - top, rows.stop - top), slice(columns.start - left, columns.stop - left))
    part[:] = cv2.add(cv2.multiply(part, keep[here], scale=1 / 255), ink[here])


@lru_cache(maxsize=64)  # enough for the names in a view; a card's lines are large and seldom repeat
def _stamp(
    text: str, size: int, weight: int, colour: Colour, halo: Colour | None
) -> tuple[Image, Image, int, int]:
    """Return a drawn line as (keep, ink, x, y): a pixel becomes pixel · keep / 255 + ink.

    The baseline starts at (x, y) in the two uint8 (h, w, 3) arrays.
    """
    width, height = text_size(text, size, weight)
    x, y = _MARGIN, _MARGIN + height + size // 4
    canvas = np.zeros((y + size // 3 + _MARGIN, width + 2 * _MARGIN, 3), np.uint8)
    with _FONT_LOCK:
        cv2.putText(canvas, text, (x, y), (255, 255, 255), _font(), size, weight)
    letters = canvas / np.float32(255)
    keep, ink = 1 - letters, letters * np.array(colour, np.float32)
    if halo is not None:
        side = 5 if size < 20 else 7
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
        rim = cv2.GaussianBlur(cv2.dilate(canvas, disc), (0, 0), 0.8) / np.float32(255)
        ink += keep * rim * np.array(halo, np.float32)
        keep *= 1 - rim
    return np.rint(255 * keep).astype(np.uint8), np.rint(ink).astype(np.uint8), x, y
