"""The drawing board: sprites laid over one another, read out as image, labels or motion.

A scene lists its layers, back to front: a sprite each and where it lies. Image, label map and motion are rastered
from that one list, on demand, so they cannot disagree and nobody pays for what is not looked at.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from stream.frame import Image
from stream.sources.scenes.affine import Affine, move

Motion = npt.NDArray[np.float32]
Box = tuple[int, int, int, int]
Matrix = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Sprite:
    """A rigid part, painted once.

    Attributes:
        pixels: uint8 (h, w, 4): BGR multiplied by its cover, then 255 where one sees through it. Four channels,
            as OpenCV warps them in less than half the time of three.
        label: one id, or uint8 (h, w) ids, or None for a shadow: it darkens, what is there stays what it is.
        place: from the sprite's pixels to the part's own units.
        solid: it reaches beyond the frame and hides all behind it; its fourth channel is not looked at.
    """

    pixels: Image
    label: int | Image | None
    place: Affine
    solid: bool = False


class Layer(NamedTuple):
    """A sprite and the map from its units to frame coordinates (pixel i spans i to i + 1)."""

    sprite: Sprite
    pose: Affine


class Drawn:
    """One drawn frame; each view of it is rastered when first asked for."""

    def __init__(
        self, size: tuple[int, int], layers: Sequence[Layer], following: Callable[[], Sequence[Layer]], grain: int
    ) -> None:
        """Take the layers of this frame, how to get those of the next, and the number of the grain pattern."""
        self.size, self.layers, self._following, self._grain = size, layers, following, grain

    @cached_property
    def image(self) -> Image:
        """Return the picture, uint8 (H, W, 3) BGR."""
        width, height = self.size
        image = np.zeros((height, width, 3), np.uint8)
        for layer in self.layers:
            _paint(image, layer)
        _add_grain(image, self._grain)
        return image

    @cached_property
    def labels(self) -> Image:
        """Return the true label map, uint8 (H, W) COCO-Stuff ids; a pixel belongs to what covers half of it."""
        width, height = self.size
        labels = np.full((height, width), 255, np.uint8)
        for layer in self.layers:
            label = layer.sprite.label
            if label is None or (found := _cover(layer, self.size)) is None:
                continue
            (left, top, right, bottom), mask, matrix = found
            part = labels[top:bottom, left:right]
            if isinstance(label, np.ndarray):
                ids = cv2.warpAffine(
                    label, matrix, mask.shape[::-1], flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE
                )
                np.copyto(part, ids, where=mask)
            else:
                part[mask] = label
        return labels

    @cached_property
    def motion(self) -> Motion:
        """Return where each visible point goes, float32 (H, W, 2): (dx, dy) in pixels to the next index."""
        width, height = self.size
        motion = np.zeros((height, width, 2), np.float32)
        for layer, then in zip(self.layers, self._following(), strict=True):
            if layer.sprite.label is None or (found := _cover(layer, self.size)) is None:
                continue
            (left, top, right, bottom), mask, _ = found
            a, b, tx, c, d, ty = then.pose @ layer.pose.inverse()
            x = np.arange(left, right, dtype=np.float32)[None, :] + 0.5
            y = np.arange(top, bottom, dtype=np.float32)[:, None] + 0.5
            part = motion[top:bottom, left:right]
            np.copyto(part[..., 0], (a - 1) * x + b * y + tx, where=mask)
            np.copyto(part[..., 1], c * x + (d - 1) * y + ty, where=mask)
        return motion


class Scene(ABC):
    """A drawn world: a pure function of (seed, size, rate, index), endless.

    Attributes:
        size: (width, height) in pixels.
        rate: frames a second; frame `index` shows the time index / rate.
    """

    name: ClassVar[str]

    def __init__(self, seed: int = 0, size: tuple[int, int] = (640, 360), rate: float = 30.0) -> None:
        """Paint all parts for this seed and size; takes a good part of a second."""
        self.seed, self.size, self.rate = seed, size, rate

    @abstractmethod
    def layers(self, time: float) -> list[Layer]:
        """Return all layers at `time` seconds, back to front, always the same number in the same order."""

    def at(self, index: int) -> Drawn:
        """Return frame `index`, from 0."""
        return Drawn(
            self.size, self.layers(index / self.rate), lambda: self.layers((index + 1) / self.rate), index
        )


def _placed(layer: Layer, size: tuple[int, int]) -> tuple[Box, Matrix] | None:
    """Return the frame box (left, top, right, bottom) that the layer touches and its matrix there."""
    full = move(-0.5, -0.5) @ layer.pose @ layer.sprite.place
    high, wide = layer.sprite.pixels.shape[:2]
    a, b, tx, c, d, ty = full
    # From the outer pixels' rims; one more pixel for the interpolation's foot.
    xs = [a * x + b * y + tx for x in (-0.5, wide - 0.5) for y in (-0.5, high - 0.5)]
    ys = [c * x + d * y + ty for x in (-0.5, wide - 0.5) for y in (-0.5, high - 0.5)]
    left, right = max(int(min(xs)), 0), min(int(max(xs)) + 2, size[0])
    top, bottom = max(int(min(ys)), 0), min(int(max(ys)) + 2, size[1])
    if left >= right or top >= bottom:
        return None
    return (left, top, right, bottom), (move(-left, -top) @ full).matrix()


def _warped(sprite: Sprite, matrix: Matrix, box: Box) -> Image:
    """Return the sprite's four channels as they fall into the box."""
    return cv2.warpAffine(  # type: ignore[return-value]
        sprite.pixels,
        matrix,
        (box[2] - box[0], box[3] - box[1]),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE if sprite.solid else cv2.BORDER_CONSTANT,
        borderValue=(0, 0, 0, 255),
    )


def _paint(image: Image, layer: Layer) -> None:
    placed = _placed(layer, (image.shape[1], image.shape[0]))
    if placed is None:
        return
    box, matrix = placed
    part = image[box[1] : box[3], box[0] : box[2]]
    pixels = _warped(layer.sprite, matrix, box)
    colour = cv2.cvtColor(pixels, cv2.COLOR_BGRA2BGR)
    if not layer.sprite.solid:
        clear = cv2.cvtColor(cv2.extractChannel(pixels, 3), cv2.COLOR_GRAY2BGR)
        colour = cv2.add(cv2.multiply(part, clear, scale=1 / 255), colour)
    part[:] = colour


def _cover(layer: Layer, size: tuple[int, int]) -> tuple[Box, Mask, Matrix] | None:
    """Return the box, where in it the layer hides what is behind it, and the layer's matrix in it."""
    placed = _placed(layer, size)
    if placed is None:
        return None
    box, matrix = placed
    if layer.sprite.solid:
        return box, np.ones((box[3] - box[1], box[2] - box[0]), np.bool_), matrix
    return box, _warped(layer.sprite, matrix, box)[..., 3] < 128, matrix


_GRAIN = 256
_grain_tile = np.random.default_rng(7).normal(0.0, 2.6, (2 * _GRAIN, 2 * _GRAIN)).clip(-9, 9)
_GRAIN_UP = cv2.merge([_grain_tile.clip(0, None).round().astype(np.uint8)] * 3)
_GRAIN_DOWN = cv2.merge([(-_grain_tile).clip(0, None).round().astype(np.uint8)] * 3)


def _add_grain(image: Image, number: int) -> None:
    """Add sensor noise in place, a new cut-out of one pattern for each frame number."""
    left, top = number * 97 % _GRAIN, number * 151 % _GRAIN
    for y in range(0, image.shape[0], _GRAIN):
        for x in range(0, image.shape[1], _GRAIN):
            part = image[y : y + _GRAIN, x : x + _GRAIN]
            cut = slice(top, top + part.shape[0]), slice(left, left + part.shape[1])
            part[:] = cv2.subtract(cv2.add(part, _GRAIN_UP[cut]), _GRAIN_DOWN[cut])
