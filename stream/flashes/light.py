"""Convert the bytes of a picture to linear light and back: sRGB, as WCAG 2.2 defines luminance."""

from __future__ import annotations

from functools import cached_property
from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from stream.frame import Image

Plane = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]
Known = TypeVar("Known", bound=np.generic)

_CODES = np.arange(256) / 255
LINEAR: Plane = np.where(_CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4).astype("f4")
"""IEC 61966-2-1: the linear light, 0 to 1, of each byte."""

BLACK = 0.01
"""R + G + B below which a pixel counts as colourless: in blacks, noise of one code would be saturated red."""


def _row(*values: float) -> Plane:
    return np.array([values], np.float32)


_LUMINANCE = _row(0.0722, 0.7152, 0.2126)  # of linear blue, green and red
_REDNESS = _row(-0.8, -0.8, 0.2)  # R − 0.8 (R + G + B)

# IEC 61966-2-1: X, Y, Z of linear blue, green, red; CIE 15: u′ = 4X / (X + 15Y + 3Z), v′ = 9Y / (the same).
_XYZ = np.vstack([_row(0.1805, 0.3576, 0.4124), _LUMINANCE, _row(0.9505, 0.1192, 0.0193)])
_COLOUR = np.vstack([_row(4, 0, 0), _row(0, 9, 0), _row(1, 15, 3)]) @ _XYZ
_WHITE = _row(0.1978, 0.4683, 1 / 3).T

_ROUNDING = 1e-6
_STEPS = 65535
_BYTES = np.searchsorted((LINEAR[1:] + LINEAR[:-1]) / 2, np.arange(_STEPS + 1) / _STEPS).astype(np.uint8)


class Light:
    """Hold one picture as linear light; each other property is computed when it is first used.

    Args:
        view: uint8 (H, W, 3) BGR; a copy is kept.

    Attributes:
        view: the bytes.
        shape: (H, W).
    """

    def __init__(self, view: Image) -> None:
        self.view = view.copy()
        self.shape = view.shape[0], view.shape[1]

    @cached_property
    def linear(self) -> Plane:
        """Linear light, float32 (H, W, 3) BGR, 0 to 1."""
        return np.asarray(cv2.LUT(self.view, LINEAR[None]), np.float32)

    @cached_property
    def luminance(self) -> Plane:
        """Relative luminance, float32 (H, W), 0 to 1."""
        return np.asarray(cv2.transform(self.linear, _LUMINANCE), np.float32)

    @cached_property
    def saturated_red(self) -> Mask:
        """Where R / (R + G + B) is at least 0.8, bool (H, W)."""
        red: Mask = np.asarray(cv2.transform(self.linear, _REDNESS)) >= -_ROUNDING
        if red.any():
            red &= cv2.extractChannel(self.linear, 2) > 0.8 * BLACK
        return red


class LabelLight(Light):
    """Hold a label map in its colours as linear light: luminance and red are looked up label by label.

    Args:
        labels: uint8 (H, W).
        colours: the colours of the labels, as the light of a picture of 1 × 256 pixels.
    """

    def __init__(self, labels: Image, colours: Light) -> None:
        planes = cv2.cvtColor(labels, cv2.COLOR_GRAY2BGR)
        super().__init__(np.asarray(cv2.LUT(planes, colours.view), np.uint8))
        self._labels, self._colours = labels.copy(), colours

    @cached_property
    def luminance(self) -> Plane:
        """Relative luminance, float32 (H, W), 0 to 1."""
        return np.asarray(cv2.LUT(self._labels, self._colours.luminance), np.float32)

    @cached_property
    def saturated_red(self) -> Mask:
        """Where R / (R + G + B) is at least 0.8, bool (H, W)."""
        return np.asarray(cv2.LUT(self._labels, self._colours.saturated_red.view(np.uint8))).view(bool)


def linear_of(colours: Image) -> Plane:
    """Return the linear light, float32 (N, 3) BGR, of colours, uint8 (N, 3) BGR."""
    linear: Plane = np.asarray(cv2.LUT(colours[None], LINEAR[None]), np.float32)[0]
    return linear


def bytes_of(linear: Plane) -> Image:
    """Return the nearest bytes, uint8 (H, W, 3), of linear light, float32 (H, W, 3)."""
    steps = cv2.multiply(linear, np.full(4, _STEPS, np.float64), dtype=cv2.CV_16U)
    return np.asarray(cv2.LUT(steps, _BYTES[None]), np.uint8)


def colours_at(picture: npt.NDArray[Known], at: Places | slice) -> npt.NDArray[Known]:
    """Return the colours, (N, 3), of the pixels at these indices of a flattened picture, (H, W, 3)."""
    rows = picture.reshape(-1, 3)
    return rows[at] if isinstance(at, slice) else rows.take(at, axis=0)  # much faster than rows[at]


def chromaticity(linear: Plane) -> Plane:
    """Return u′ and v′ of the CIE 1976 UCS and R / (R + G + B), float32 (3, N).

    Args:
        linear: linear light, float32 (N, 3) BGR; blacks count as white.
    """
    column = linear[:, None]  # OpenCV takes channels only as the third axis
    across, up, whole = cv2.split(cv2.transform(column, _COLOUR))
    total = np.asarray(cv2.transform(column, _row(1, 1, 1)))[:, 0]
    colour: Plane = np.stack([cv2.divide(across, whole)[:, 0], cv2.divide(up, whole)[:, 0], linear[:, 2]])
    np.divide(colour[2], total, out=colour[2], where=total >= BLACK)
    np.copyto(colour, _WHITE, where=total < BLACK)
    return colour


def resized(known: npt.NDArray[Known], shape: tuple[int, int]) -> npt.NDArray[Known]:
    """Return values of each pixel, (H, W) or (H, W, C), resampled to another size (H, W) by the nearest."""
    rows, columns = (np.arange(new) * old // new for new, old in zip(shape, known.shape, strict=False))
    return np.ascontiguousarray(known[rows[:, None], columns])
