"""Find the label under a point of a view, and the outlines of a label on it."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from stream.controls import View
from stream.fit import Fit, Size
from stream.frame import Frame, Image
from stream.views.layers import GUTTER

Outline = npt.NDArray[np.float32]
"""Points (N, 2) of a closed line: x and y in the view's pixels."""

_SMOOTH = 3
"""Factor by which a label map is enlarged before its outlines are taken, to round their steps off."""


def label_at(frame: Frame, view: View, fit: Fit, point: tuple[int, int]) -> int | None:
    """Return the segmenter's label under a point of the shown view.

    Args:
        frame: the frame that is shown, with its `labels` and its composed `view`.
        view: the layout in which it was composed.
        fit: the fit between frame and net.
        point: column and row of the view's pixel.

    Returns:
        The id, 255 where the segmenter gave none; None between panels, and for a frame without labels.
    """
    if frame.labels is None or frame.view is None:
        return None
    found = _value_at(fit.unfit(frame.labels, frame.image), frame.view.shape[:2], view, point)
    return None if found is None else int(found)


def colour_at(frame: Frame, view: View, fit: Fit, point: tuple[int, int]) -> tuple[int, int, int]:
    """Return the camera's colour (blue, green, red) under a point of the shown view; black between panels.

    Arguments as for `label_at`.
    """
    assert frame.view is not None
    found = _value_at(fit.shown(frame.image), frame.view.shape[:2], view, point)
    blue, green, red = (0, 0, 0) if found is None else map(int, found)
    return blue, green, red


def outlines_of(label: int, frame: Frame, view: View, fit: Fit) -> list[Outline]:
    """Return the outlines of a segmenter's label in each panel of the view; arguments as for `label_at`."""
    if frame.labels is None or frame.view is None:
        return []
    labels = fit.unfit(frame.labels, frame.image)
    size = _SMOOTH * labels.shape[1], _SMOOTH * labels.shape[0]
    mask = cv2.resize(np.where(labels == label, np.uint8(255), np.uint8(0)), size)
    mask = cv2.GaussianBlur(mask, (0, 0), _SMOOTH)
    found, _ = cv2.findContours((mask > 127).view(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    outlines = []
    for left, width in _panels(frame.view.shape[:2], view):
        scale = np.array([width / size[0], frame.view.shape[0] / size[1]], np.float32)
        start = np.array([left, 0], np.float32)
        outlines += [((line[:, 0] + 0.5) * scale + start).astype(np.float32) for line in found]
    return outlines


def _value_at(array: Image, size: Size, view: View, point: tuple[int, int]) -> npt.NDArray[np.uint8] | None:
    """Return the value of an array that fills each panel of a view; None between panels."""
    for left, width in _panels(size, view):
        if left <= point[0] < left + width:
            row = point[1] * array.shape[0] // size[0]
            return array[row, (point[0] - left) * array.shape[1] // width]  # type: ignore[no-any-return]
    return None


def _panels(size: Size, view: View) -> list[tuple[int, int]]:
    """Return the first column and the width of each panel of a view of that (H, W)."""
    if view != "triptych":
        return [(0, size[1])]
    width = (size[1] - 2 * GUTTER) // 3
    return [(number * (width + GUTTER), width) for number in range(3)]
