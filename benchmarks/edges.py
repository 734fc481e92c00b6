"""Measure how well a label map's borders match the true borders.

The boundary F-score of Csurka et al., *What is a good evaluation measure for semantic segmentation?* (BMVC
2013): the harmonic mean of the share of found borders near true ones and of true borders near found ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from export.groups import group_table
from stream.frame import Image

NEAR = 3  # pixels
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class BorderCounts:
    """Border pixels of one picture: found, found near a true one, true, true near a found one."""

    found: int
    found_near: int
    true: int
    true_near: int


def count_borders(predicted: Image, true: Image) -> BorderCounts:
    """Compare the borders between groups of labels in two label maps uint8 (H, W).

    Borders near pixels without a true label are not counted, because their true place is unknown.
    """
    table = group_table()
    known = cv2.erode((true != 255).astype(np.uint8), np.ones((2 * NEAR + 1,) * 2, np.uint8)) > 0
    found, real = _borders(table[predicted]) & known, _borders(table[true]) & known
    return BorderCounts(
        int(found.sum()), int((found & _near(real)).sum()), int(real.sum()), int((real & _near(found)).sum())
    )


def boundary_score(counts: Iterable[BorderCounts]) -> float:
    """Return the F-score over all pictures, 0–1; NaN where there is no border."""
    rows = np.array([(c.found, c.found_near, c.true, c.true_near) for c in counts]).reshape(-1, 4)
    found, found_near, true, true_near = rows.sum(0)
    if not found or not true:
        return float("nan")
    precision, recall = found_near / found, true_near / true
    return float(2 * precision * recall / (precision + recall)) if precision + recall else 0.0


def _borders(groups: Image) -> Mask:
    """Mark the pixels whose right or lower neighbour is of another group."""
    border = np.zeros(groups.shape, bool)
    border[:, :-1] |= groups[:, 1:] != groups[:, :-1]
    border[:-1] |= groups[1:] != groups[:-1]
    return border


def _near(border: Mask) -> Mask:
    if not border.any():
        return border
    distance = cv2.distanceTransform((~border).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(distance <= NEAR)
