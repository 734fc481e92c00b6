"""Draw what the window alone shows over a view: a short line, a recording's mark, outlines, panels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np

from stream.fit import Size
from stream.frame import Image
from stream.views.cards import PANEL, TITLE
from stream.views.label_at import Outline
from stream.views.text import Colour, put_text, text_size

RECORDING: Colour = (70, 70, 235)

_OPACITY = 0.86


def letters(size: Size) -> int:
    """Return the size of letters on a picture of that (H, W): legible from a chair, and in a small window."""
    height, width = size
    return int(max(13, min(height / 32, width / 24)))


def draw_line(image: Image, text: str) -> None:
    """Draw a short line on a panel at the lower edge, in the middle; the picture is changed.

    Args:
        image: uint8 (H, W, 3) BGR.
        text: one line; a long one, such as a path, loses its middle.
    """
    size = letters(image.shape[:2])
    text = _shortened(text, image.shape[1] - 4 * size, size)
    width, height = text_size(text, size)
    pad = round(0.55 * size)
    left, top = (image.shape[1] - width) // 2, image.shape[0] - 2 * size - height - pad
    draw_panel(image, left - 2 * pad, top - pad, width + 4 * pad, height + 2 * pad, pad)
    put_text(image, text, left, top + height, size, TITLE)


def draw_recording(image: Image, seconds: int) -> None:
    """Draw the mark of a recording, with its length, into the upper left corner; the picture is changed."""
    size = letters(image.shape[:2])
    minutes, rest = divmod(seconds, 60)
    text = f"{minutes}:{rest:02}"
    width, height = text_size(text, size)
    pad = round(0.55 * size)
    left, top = size, size
    draw_panel(image, left, top, height + width + 5 * pad, height + 2 * pad, pad)
    middle = left + 2 * pad + height // 2 - pad // 2, top + pad + height // 2
    cv2.circle(image, middle, max(3, round(0.36 * size)), RECORDING, -1, cv2.LINE_AA)
    put_text(image, text, left + 3 * pad + height, top + pad + height, size, TITLE)


def draw_badges(image: Image, badges: Sequence[str]) -> None:
    """Draw short words on the state into the upper right corner, from right to left, into the picture."""
    size = letters(image.shape[:2])
    small, pad = max(12, round(0.8 * size)), round(0.55 * size)
    right = image.shape[1] - size
    for badge in badges:
        width, height = text_size(badge, small)
        left = right - width - 4 * pad
        draw_panel(image, left, size, width + 4 * pad, height + 2 * pad, pad)
        put_text(image, badge, left + 2 * pad, size + pad + height, small, TITLE)
        right = left - pad


def draw_outlines(image: Image, outlines: Iterable[Outline]) -> None:
    """Draw closed lines, bright on a dark rim, in the picture's pixels; the picture is changed."""
    lines = [np.rint(16 * line).astype(np.int32) for line in outlines]
    width = max(1, round(image.shape[0] / 360))
    for colour, wide in ((PANEL, width + 2), (TITLE, width)):
        cv2.polylines(image, lines, True, colour, wide, cv2.LINE_AA, shift=4)


def _shortened(text: str, width: int, size: int) -> str:
    """Return a text that is at most so many pixels wide; what is too much is left out in its middle."""
    kept = len(text)
    shown = text
    while kept > 4 and text_size(shown, size)[0] > width:
        kept -= 1
        shown = f"{text[: (kept + 1) // 2]}…{text[len(text) - kept // 2 :]}"
    return shown


def draw_panel(
    image: Image, left: int, top: int, width: int, height: int, radius: int, colour: Colour = PANEL
) -> None:
    """Blend a rounded panel into a picture, uint8 (H, W, 3) BGR, which is changed; the rest is cut off."""
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
