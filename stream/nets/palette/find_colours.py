"""Find the colours that matter in frames: each of them where they are few, else by k-means in CIELAB."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from stream.frame import Image
from stream.nets.palette.colour_table import lab_of
from stream.nets.palette.palette import ALIKE, Colour

FEW = 40
"""The most colours of a picture that is taken to be drawn with exactly these."""

MOST_FOUND = 20
"""The most colours that are found where there are many."""

_COVERED = 0.995
_RARE = 0.0004
_SEPARATE = 9.0
_SAMPLES = 24_000


def find_colours(images: Sequence[Image], most: int = MOST_FOUND) -> list[Colour]:
    """Return the colours that matter, the most frequent first.

    Args:
        images: uint8 (h, w, 3) BGR each.
        most: number of colours that k-means begins with, where there are more than `FEW`.
    """
    pixels = np.concatenate([image.reshape(-1, 3) for image in images])
    whole = pixels.astype(np.uint32)
    packed = whole[:, 0] | whole[:, 1] << 8 | whole[:, 2] << 16
    values, counts = np.unique(packed, return_counts=True)
    order = np.argsort(-counts)
    values, counts = values[order], counts[order]
    if counts[:FEW].sum() >= _COVERED * counts.sum():
        kept = values[:FEW][counts[:FEW] >= _RARE * counts.sum()]
        return _apart([(int(value & 255), int(value >> 8 & 255), int(value >> 16)) for value in kept])
    return _clusters(pixels, most)


def _apart(colours: Sequence[Colour]) -> list[Colour]:
    """Return the colours that can be told apart; of those that are alike, the first."""
    lab = lab_of(colours)
    kept: list[int] = []
    for place in range(len(colours)):
        if all(np.linalg.norm(lab[place] - lab[other]) >= ALIKE for other in kept):
            kept.append(place)
    return [colours[place] for place in kept]


def _clusters(pixels: Image, most: int) -> list[Colour]:
    """Return the means of clusters in CIELAB; those that are nearly alike are one."""
    chosen = pixels[np.random.default_rng(0).integers(0, len(pixels), min(_SAMPLES, len(pixels)))]
    lab = lab_of(chosen)
    cv2.setRNGSeed(0)  # so that the same frames give the same colours
    ends = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 30, 0.5)
    _, which, centres = cv2.kmeans(lab, most, None, ends, 2, cv2.KMEANS_PP_CENTERS)  # type: ignore[call-overload]
    number = which.ravel()
    counts = np.bincount(number, minlength=most)
    found: list[tuple[int, Colour, np.ndarray]] = []
    for place in np.argsort(-counts):
        if counts[place] < _RARE * len(chosen):
            continue
        if all(np.linalg.norm(centre - centres[place]) >= _SEPARATE for _, _, centre in found):
            blue, green, red = np.median(chosen[number == place], axis=0)
            found.append((int(counts[place]), (int(blue), int(green), int(red)), centres[place]))
    return [colour for _, colour, _ in found]
