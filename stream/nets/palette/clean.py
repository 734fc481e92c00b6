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


_FEW = 3000
"""Single pixels up to which it is quicker to look around each than to count around all."""


def without_specks(labels: Image) -> Image:
    """Return a label map in which single pixels take the label of most pixels around them.

    Of two labels that are as frequent around a pixel, as in a dithered area, the one that is more frequent in
    the whole map is taken; so the area has one label.

    Args:
        labels: uint8 (h, w).
    """
    rows, columns = np.divmod(np.flatnonzero(_single(labels)), labels.shape[1])
    if not len(rows):
        return labels
    frequency = cv2.calcHist([labels], [0], None, [256], [0, 256]).ravel()
    if len(rows) > _FEW:  # a dithered picture: count each label around all pixels at once
        present = np.flatnonzero(frequency).astype(np.uint8)
        around = np.stack([_count_around(labels == label)[rows, columns] for label in present])
        candidates = np.repeat(present[:, None], len(rows), 1)
    else:
        padded = np.pad(labels, 1, mode="edge")
        candidates = np.stack(
            [padded[rows + down, columns + right] for down in range(3) for right in range(3)]
        )
        around = (candidates[:, None] == candidates[None]).sum(1)
    # The pixel itself does not count. The map's most frequent label wins ties, and where it is one behind.
    others = around - (candidates == labels[rows, columns])
    rank = np.where(around > 0, frequency[candidates], 0)
    worth = others + 1.5 * (rank == rank.max(0))
    cleaned = labels.copy()
    cleaned[rows, columns] = candidates[worth.argmax(0), np.arange(len(rows))]
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
    changed = np.flatnonzero(~known)
    changed = changed[unknown.ravel()[changed] | (distance.ravel()[changed] <= REACH)]
    nearest = np.flatnonzero(known)[number.ravel()[changed] - 1]  # OpenCV numbers them from 1, row by row
    result = labels.copy()
    result.ravel()[changed] = labels.ravel()[nearest]
    return result


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
