"""Clean a label map that was made pixel by pixel: specks, blended edges, outlines and gaps."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from engines.labels import UNLABELLED
from stream.frame import Image

Mask = npt.NDArray[np.bool_]
"""Pixels (h, w) of a label map."""

REACH = 3.0
"""Pixels from an area's edge within which a colour may be a blend of two areas."""


def without_specks(labels: Image) -> Image:
    """Return a label map in which single pixels take the label of most pixels around them.

    Of two labels that are as frequent around a pixel, as in a dithered area, the one that is more frequent in
    the whole map is taken; so the area has one label.

    Args:
        labels: uint8 (h, w).
    """
    single = _single(labels)
    if not single.any():
        return labels
    frequency = np.bincount(labels.ravel(), minlength=256)
    present = np.flatnonzero(frequency).astype(np.uint8)
    around = np.stack([_count_around(labels == label)[single] for label in present])
    # The pixel itself does not count. The map's most frequent label wins ties, and where it is one behind.
    others = around - (present[:, None] == labels[single])
    rank = np.where(around > 0, frequency[present][:, None], 0)
    worth = others + 1.5 * (rank == rank.max(0))
    cleaned = labels.copy()
    cleaned[single] = present[worth.argmax(0)]
    return cleaned


def filled(labels: Image, unknown: Mask, doubtful: Mask) -> Image:
    """Return a label map in which pixels take the label of the nearest pixel that is known.

    Args:
        labels: uint8 (h, w).
        unknown: pixels that must take one.
        doubtful: pixels that take one if a known pixel is at most `REACH` away: at the edge of two areas
            their colours are blended.

    Returns:
        uint8 (h, w); `UNLABELLED` everywhere if no pixel is known.
    """
    if not (unknown.any() or doubtful.any()):
        return labels
    known = ~(unknown | doubtful)
    if not known.any():
        return np.where(unknown, np.uint8(UNLABELLED), labels)
    distance, number = cv2.distanceTransformWithLabels(
        (~known).view(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    nearest = labels[known][number - 1]  # OpenCV numbers the known pixels from 1, row by row
    return np.where(unknown | (distance <= REACH), nearest, labels)


def _count_around(mask: Mask) -> npt.NDArray[np.int16]:
    """Count the pixels of a mask in the 3×3 pixels around each one."""
    kept = cv2.boxFilter(
        mask.view(np.uint8), cv2.CV_16S, (3, 3), normalize=False, borderType=cv2.BORDER_REPLICATE
    )
    return kept  # type: ignore[return-value]


def _single(labels: Image) -> Mask:
    """Return the pixels of which no direct neighbour has the same label."""
    single = np.ones(labels.shape, bool)
    beside = labels[:, 1:] == labels[:, :-1]
    single[:, 1:] &= ~beside
    single[:, :-1] &= ~beside
    below = labels[1:] == labels[:-1]
    single[1:] &= ~below
    single[:-1] &= ~below
    return single
