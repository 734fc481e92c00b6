"""Compose layers of sprites into an image, a label map and motion.

A scene lists its layers, back to front: each is a sprite and its map to the frame. Image, label map and
motion are rastered from that one list, so they always agree; each is rastered on demand only, to save time.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import cached_property

import cv2
import numpy as np

from stream.frame import Image
from stream.scenes.affine import WidthHeight
from stream.scenes.drawn import Drawn, Motion, Scene
from stream.scenes.raster import add_grain, cover, darken, paint
from stream.scenes.sprite import Layer, Shadow


class DrawnLayers(Drawn):
    """A frame drawn of layers; image, labels and motion are rastered when first used."""

    def __init__(
        self,
        size: WidthHeight,
        layers: Sequence[Layer | Shadow],
        following: Callable[[], Sequence[Layer | Shadow]],
        grain: int,
    ) -> None:
        """Take this frame's layers, a function for those of the next, and the number of the grain pattern."""
        self.size, self.layers, self._following, self._grain = size, layers, following, grain

    @cached_property
    def image(self) -> Image:
        """Return the picture, uint8 (H, W, 3) BGR."""
        width, height = self.size
        image = np.zeros((height, width, 3), np.uint8)
        for layer in self.layers:
            if isinstance(layer, Shadow):
                darken(image, layer)
            else:
                paint(image, layer)
        add_grain(image, self._grain)
        return image

    @cached_property
    def labels(self) -> Image:
        """Return the true label map, uint8 (H, W) COCO-Stuff ids; a label needs half of a pixel."""
        width, height = self.size
        labels = np.full((height, width), 255, np.uint8)
        for layer in self.layers:
            if isinstance(layer, Shadow):
                continue
            label = layer.sprite.label
            if label is None or (found := cover(layer, self.size)) is None:
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
        """Return each visible point's motion, float32 (H, W, 2): (dx, dy) in pixels to the next index."""
        width, height = self.size
        motion = np.zeros((height, width, 2), np.float32)
        for layer, then in zip(self.layers, self._following(), strict=True):
            if isinstance(layer, Shadow) or isinstance(then, Shadow) or layer.sprite.label is None:
                continue
            if (found := cover(layer, self.size)) is None:
                continue
            (left, top, right, bottom), mask, _ = found
            a, b, tx, c, d, ty = then.pose @ layer.pose.inverse()
            x = np.arange(left, right, dtype=np.float32)[None, :] + 0.5
            y = np.arange(top, bottom, dtype=np.float32)[:, None] + 0.5
            part = motion[top:bottom, left:right]
            np.copyto(part[..., 0], (a - 1) * x + b * y + tx, where=mask)
            np.copyto(part[..., 1], c * x + (d - 1) * y + ty, where=mask)
        return motion


class LayeredScene(Scene):
    """A scene that is composed of layers of sprites."""

    @abstractmethod
    def layers(self, time: float) -> list[Layer | Shadow]:
        """Return all layers at `time` seconds, back to front, always the same number in the same order."""

    def at(self, index: int) -> DrawnLayers:
        """See `Scene.at`."""
        return DrawnLayers(
            self.size, self.layers(index / self.rate), lambda: self.layers((index + 1) / self.rate), index
        )
