"""Fit frames of any shape to a net's fixed input size, and fit its results back to the screen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

import cv2
import numpy as np

from engines.sizes import Size as Size
from engines.sizes import nearest_size
from stream.frame import Image
from stream.uri import FAULT, Uri

FitMode = Literal["crop", "pad", "stretch"]
FIT_MODES: tuple[FitMode, ...] = get_args(FitMode)

PADDING = (104, 117, 123)
"""BGR of the border of a padded frame: the mean that DeepLab subtracts, so it sees zeros there."""


SQUEEZE = 1.05
"""How much wider or higher than the net a frame may be to be squeezed into it whole: that is not seen, and
neither is anything cut nor the net's input wasted on borders."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Convert a frame to the net's size, and results back to the screen. The frame's size may change.

    Of several net sizes, each frame gets the one nearest to its own proportions. The view keeps the source's
    proportions in every mode: *crop* shows the middle that the net saw, *pad* and *stretch* show the whole
    frame.

    Attributes:
        mode: crop the frame to the net's aspect, pad it, or stretch it for the net alone. What is nearly of
            the net's aspect is stretched in every mode.
        net_size: a size of the segmenter's input, (h, w).
        others: its further sizes.
        expected: (h, w) that frames are expected to have before the first one is seen.
    """

    mode: FitMode
    net_size: Size
    others: tuple[Size, ...] = ()
    expected: Size = (360, 640)

    def size_for(self, image: Image) -> Size:
        """Return the net size (h, w) that a frame gets; only the frame's shape matters."""
        return self.nearest(image.shape[:2])

    def nearest(self, shape: Size) -> Size:
        """Return the net size (h, w) whose proportions are nearest to those of `shape` (h, w)."""
        return _nearest(shape, (self.net_size, *self.others))

    def blank(self) -> Image:
        """Return a black frame, uint8 (h, w, 3), of the expected proportions."""
        return np.zeros((*self.expected, 3), np.uint8)

    def cut(self, image: Image) -> str:
        """Return a sentence that says which part of a frame the nets do not see; "" if they see all."""
        (height, width), net = image.shape[:2], self.size_for(image)
        if self._mode(image) != "crop":
            return ""
        _, _, seen_height, seen_width = _centre((height, width), net)
        share = 1 - seen_height * seen_width / (height * width)
        sides = "left and right" if seen_width < width else "at the top and the bottom"
        return (
            f"The picture is {width}x{height}{_ratio(width, height)}, and the nets take {net[1]}x{net[0]}"
            f"{_ratio(*reversed(net))}: {share:.0%} of it is cut off, {sides}. --fit pad shows all of it."
        )

    def to_net(self, image: Image) -> Image:
        """Return `image`, uint8 (H, W, 3) of any size, as the uint8 (h, w, 3) that the net gets."""
        net = self.size_for(image)
        if self._mode(image) == "pad":
            top, left, height, width = _inset(image.shape[:2], net)
            bottom, right = net[0] - top - height, net[1] - left - width
            inset = resample(image, (height, width))
            return cv2.copyMakeBorder(  # type: ignore[return-value]
                inset, top, bottom, left, right, cv2.BORDER_CONSTANT, value=PADDING
            )
        return resample(self._region(image), net)

    def sampled(self, image: Image, size: Size) -> Image:
        """Return what the net gets of `image` at another size, each pixel one of the image's own.

        No colours are blended. Where `pad` adds borders, they repeat the outermost pixels.

        Args:
            image: uint8 (H, W, 3) of any size.
            size: (h, w) of the result.
        """
        if self._mode(image) != "pad":
            return _picked(self._region(image), size)
        top, left, height, width = _inset(image.shape[:2], size)
        bottom, right = size[0] - top - height, size[1] - left - width
        inset = _picked(image, (height, width))
        return cv2.copyMakeBorder(inset, top, bottom, left, right, cv2.BORDER_REPLICATE)  # type: ignore[return-value]

    def shown(self, image: Image, size: Size | None = None) -> Image:
        """Return the part of `image` that the net saw, in the source's proportions.

        Args:
            image: uint8 (H, W, 3).
            size: resample the part to this (h, w), which ought to come from `display_size`.
        """
        region = self._region(image)
        return region if size is None else resample(region, size)

    def unfit(self, array: Image, image: Image) -> Image:
        """Return the part of a label map or picture that corresponds to `shown(image)`, at its own scale.

        Args:
            array: uint8 (h, w) or (h, w, 3) that covers the net's whole input, at any size.
            image: the frame it was made from; only its shape matters.
        """
        if self._mode(image) != "pad":
            return array
        net = self.size_for(image)
        top, left, height, width = _inset(image.shape[:2], net)
        rows = _span(top, height, net[0], array.shape[0])
        columns = _span(left, width, net[1], array.shape[1])
        return array[rows, columns]

    def display_size(self, image: Image, height: int) -> Size:
        """Return the (h, w) at which `shown(image)` is shown: both even, h ≤ `height`, undistorted.

        A panorama wider than four times `height` is limited by its width instead.
        """
        shown_height, shown_width = self._region(image).shape[:2]
        scale = min(height / shown_height, 4 * height / shown_width)
        return _even(shown_height * scale), _even(shown_width * scale)

    def _mode(self, image: Image) -> FitMode:
        """Return the mode for a frame: what is nearly of the net's aspect is stretched."""
        (height, width), (high, wide) = image.shape[:2], self.size_for(image)
        apart = (width * high) / (height * wide)
        return "stretch" if 1 / SQUEEZE <= apart <= SQUEEZE else self.mode

    def _region(self, image: Image) -> Image:
        if self._mode(image) != "crop":
            return image
        top, left, height, width = _centre(image.shape[:2], self.size_for(image))
        return image[top : top + height, left : left + width]


def default_fit(source: Uri) -> FitMode:
    """Return the mode: clips, pictures and screens keep their whole picture, all else fills the net."""
    return "pad" if source.scheme.removeprefix(FAULT) in ("file", "screen") else "crop"


def resample(image: Image, size: Size) -> Image:
    """Resize uint8 (H, W, 3) to `size` (h, w) without aliasing; a webcam's frame takes 0.2 ms.

    OpenCV's area filter takes 2 ms for 360×360 → 256×256 and 80 ms for 8K. Linear sampling at a whole
    multiple of the size, then the mean of whole blocks, looks the same and costs a tenth.
    """
    (height, width), (new_height, new_width) = image.shape[:2], size
    if (height, width) == size:
        return image.copy()
    shrink = min(height / new_height, width / new_width)
    if shrink < 1:
        kind = cv2.INTER_CUBIC if max(height, width) > 1 else cv2.INTER_NEAREST
        return cv2.resize(image, (new_width, new_height), interpolation=kind)  # type: ignore[return-value]
    blocks = 1 if shrink < 2 else 2 if shrink < 6 else 4
    fine = cv2.resize(image, (new_width * blocks, new_height * blocks), interpolation=cv2.INTER_LINEAR)
    if blocks == 1:
        return fine  # type: ignore[return-value]
    return cv2.resize(fine, (new_width, new_height), interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def _picked(image: Image, size: Size) -> Image:
    """Return `image` at `size` (h, w) by the nearest pixels."""
    height, width = size
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)  # type: ignore[return-value]


def letterbox(image: Image, size: Size) -> Image:
    """Return `image`, uint8 (H, W, 3), scaled to fit into `size` (h, w), undistorted, on black."""
    if image.shape[:2] == size:
        return image
    top, left, height, width = _inset(image.shape[:2], size)
    bottom, right = size[0] - top - height, size[1] - left - width
    inset = resample(image, (height, width))
    return cv2.copyMakeBorder(inset, top, bottom, left, right, cv2.BORDER_CONSTANT)  # type: ignore[return-value]


_nearest = lru_cache(maxsize=64)(nearest_size)


def _ratio(width: int, height: int) -> str:
    """Return proportions that have a name, such as ` (16:9)`; "" for all others."""
    named = ((1, 1), (4, 3), (3, 2), (16, 9), (21, 9))
    for across, down in (*named, *((down, across) for across, down in named[1:])):
        if abs(width * down / (height * across) - 1) < 0.01:
            return f" ({across}:{down})"
    return ""


@lru_cache(maxsize=64)
def _centre(shape: Size, aspect: Size) -> tuple[int, int, int, int]:
    """Return top, left, height, width of the largest middle part of `shape` with the given aspect."""
    (height, width), (high, wide) = shape, aspect
    scale = min(height / high, width / wide)
    new_height = min(height, max(1, round(high * scale)))
    new_width = min(width, max(1, round(wide * scale)))
    return (height - new_height) // 2, (width - new_width) // 2, new_height, new_width


@lru_cache(maxsize=64)
def _inset(shape: Size, net_size: Size) -> tuple[int, int, int, int]:
    """Return top, left, height, width of a frame of `shape` inside the padded net input."""
    (height, width), (high, wide) = shape, net_size
    scale = min(high / height, wide / width)
    new_height = min(high, max(1, round(height * scale)))
    new_width = min(wide, max(1, round(width * scale)))
    return (high - new_height) // 2, (wide - new_width) // 2, new_height, new_width


def _span(start: int, length: int, whole: int, new_whole: int) -> slice:
    first = min(start * new_whole // whole, new_whole - 1)
    last = max(first + 1, round((start + length) * new_whole / whole))
    return slice(first, last)


def _even(length: float) -> int:
    return max(2, 2 * round(length / 2))
