"""Measure label maps of a film: their flicker, their accuracy and their delay."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from engines.labels import UNLABELLED
from stream.frame import Image

Maps = npt.NDArray[np.uint8]
"""Label maps, one after the other: (frames, H, W)."""

NEAR = 25
"""The width of the dilation around a person, in pixels: near a moving limb, the room's labels do change."""


def flip_rate(maps: Maps, where: npt.NDArray[np.bool_] | None = None) -> float:
    """Return the share of the pixels that have another label than one frame before.

    Args:
        maps: the label maps.
        where: bool (frames - 1, H, W), the pixels that count; all of them by default.
    """
    changed = maps[1:] != maps[:-1]
    return float(changed.mean() if where is None else changed[where].mean())


def beyond(maps: Maps, label: int) -> npt.NDArray[np.bool_]:
    """Return bool (frames - 1, H, W): the pixels far from a label, both in a map and in the one before."""
    near = np.stack([cv2.dilate((one == label).astype(np.uint8), np.ones((NEAR, NEAR))) for one in maps]) > 0
    return ~(near[1:] | near[:-1])


def miou(maps: Maps, true: Maps) -> float:
    """Return the mean intersection over union of the true maps' labels; 255 does not count."""
    counts = true != UNLABELLED
    shares = []
    for label in np.unique(true[counts]):
        seen, there = (maps == label) & counts, true == label
        shares.append((seen & there).sum() / (seen | there).sum())
    return float(np.mean(shares))


def along_motion(maps: Maps, motion: Sequence[npt.NDArray[np.float32]]) -> float:
    """Return the share of the pixels that have the same label in the next map, at the place they move to.

    Args:
        maps: the label maps.
        motion: for each map float32 (H, W, 2): (dx, dy) in pixels to the next one.
    """
    rows, columns = np.indices(maps[0].shape, np.float32)
    alike = []
    for now, then, moved in zip(maps, maps[1:], motion, strict=False):
        to = columns + moved[..., 0], rows + moved[..., 1]
        there = cv2.remap(then, *to, cv2.INTER_NEAREST, borderValue=UNLABELLED)
        alike.append((there == now)[there != UNLABELLED].mean())
    return float(np.mean(alike))


def shown_after(maps: Maps, settled: Image, first: int, rate: float) -> float:
    """Return the milliseconds from frame `first` until the labels show half of the new pixels of `settled`.

    Args:
        maps: the label maps.
        settled: the final label map (H, W).
        first: the index of the first frame with the new object.
        rate: frames a second.
    """
    new = settled != maps[first - 1]
    there = [(found == settled)[new].mean() >= 0.5 for found in maps[first:]]
    return 1000 * (there.index(True) if True in there else len(there)) / rate
