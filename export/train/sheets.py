"""Draw sample sheets: rows of pictures, and label maps in colours."""

import colorsys
from collections.abc import Sequence

import cv2
import numpy as np

from export.train.data import Array


def _palette() -> Array:
    """Return a colour for each id, uint8 (256, 3) BGR: hues by the golden ratio, black for 255."""
    hues = [
        colorsys.hsv_to_rgb(i * 0.618034 % 1, 0.45 + 0.5 * (i % 3) / 2, 0.95 - 0.2 * (i % 4))
        for i in range(255)
    ]
    return (np.array([*hues, (0, 0, 0)])[:, ::-1] * 255).astype(np.uint8)


PALETTE = _palette()


def colour(labels: Array) -> Array:
    """Colour a label map uint8 (H, W) → picture uint8 (H, W, 3) BGR."""
    return PALETTE[labels]


def grid(rows: Sequence[Sequence[Array]], size: tuple[int, int]) -> Array:
    """Arrange rows of pictures uint8 (…, 3) BGR, resized to (height, width); the second half to the right."""
    height, width = size
    strips = [
        np.concatenate([cv2.resize(p, (width, height), interpolation=cv2.INTER_AREA) for p in row], 1)
        for row in rows
    ]
    half = (len(strips) + 1) // 2
    strips += [np.zeros_like(strips[0])] * (2 * half - len(strips))
    left, right = (np.concatenate(part, 0) for part in (strips[:half], strips[half:]))
    return np.concatenate([left, right], 1).astype(np.uint8)
