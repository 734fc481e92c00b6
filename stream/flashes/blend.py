"""Blend two pictures in linear light, region by region."""

from __future__ import annotations

import cv2
import numpy as np

from stream.flashes.light import LINEAR, Plane, bytes_of
from stream.frame import Image


def blended(before: Image, after: Image, weights: Plane) -> Image:
    """Return `after` where the weights are 1, `before` where they are 0, and what lies between elsewhere.

    Args:
        before: uint8 (H, W, 3) BGR.
        after: the same.
        weights: float32 (h, w), 0 to 1, on a coarser grid; they are scaled up linearly.
    """
    height, width = after.shape[:2]
    shown = after.copy()
    rows, columns = (_span(weights.min(axis=1 - axis), (height, width)[axis]) for axis in (0, 1))
    fine = cv2.resize(weights, (width, height), interpolation=cv2.INTER_LINEAR)[rows, columns]
    parts = (np.ascontiguousarray(picture[rows, columns]) for picture in (before, after))
    start, goal = (np.asarray(cv2.LUT(part, LINEAR[None]), np.float32) for part in parts)
    goal -= start
    goal *= fine[:, :, None]
    goal += start
    shown[rows, columns] = bytes_of(goal)
    return shown


def _span(weights: Plane, length: int) -> slice:
    """Return the pixels that cells with weights below 1 can reach: theirs, and those of the cells beside."""
    below = np.flatnonzero(weights < 1)
    cell = length / len(weights)
    return slice(max(0, int((below[0] - 1) * cell)), min(length, int((below[-1] + 2) * cell) + 1))
