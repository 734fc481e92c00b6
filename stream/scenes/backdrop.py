"""Paint still backgrounds: a picture and its label map, filled shape by shape, larger than the frame."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from stream.scenes.affine import Point, WidthHeight
from stream.scenes.board import MARGIN, board
from stream.scenes.brush import Colour, Field, fractal, to_sprite
from stream.scenes.coco_ids import Label
from stream.scenes.sprite import Sprite


class Backdrop:
    """A still, opaque picture that is being painted, in frame coordinates.

    Attributes:
        x, y: frame coordinates of its pixels, float32 (1, w) and (h, 1).
        colour: float32 (h, w, 3), BGR.
        labels: uint8 (h, w).
        rng: the random generator of its textures.
    """

    def __init__(self, size: WidthHeight, seed: int) -> None:
        """Start with black, unlabelled."""
        width, height = size
        self.size = size
        self.plane = board(
            size,
            -MARGIN * width - 2,
            -MARGIN * height - 2,
            (1 + MARGIN) * width + 2,
            (1 + MARGIN) * height + 2,
        )
        self.x, self.y = self.plane.grid()
        self.shape = self.plane.high, self.plane.wide
        self.colour: Field = np.zeros((*self.shape, 3), np.float32)
        self.labels = np.full(self.shape, 255, np.uint8)
        self.rng = np.random.default_rng([seed, 51])

    def noise(self, lump: float, stretch: float = 1.0, octaves: int = 5) -> Field:
        """Return fractal noise, float32 (h, w), of mean about 0; `lump` is in parts of the longer side."""
        size = max(lump * max(self.size) * self.plane.scale, 1.5)
        return fractal(self.rng, self.shape, (size, size * stretch), octaves)

    def fill(
        self,
        outline: Sequence[Point],
        colour: Colour | Field,
        label: Label | None,
        texture: Field | None = None,
        strength: float = 1.0,
    ) -> None:
        """Fill a polygon.

        Args:
            outline: corners in frame coordinates.
            colour: BGR, or float32 (h, w, 3).
            label: its label; None keeps the labels below, for a shade or a pattern.
            texture: float32 (h, w) of mean about 0 that modulates the colour.
            strength: its opacity.
        """
        points = (np.array(outline, np.float64) - (self.plane.left, self.plane.top)) * self.plane.scale - 0.5
        low = np.maximum(np.floor(points.min(0)).astype(int) - 1, 0)
        high = np.minimum(np.ceil(points.max(0)).astype(int) + 2, self.shape[::-1])
        if (low >= high).any():
            return
        area = slice(low[1], high[1]), slice(low[0], high[0])
        # Four samples a pixel and axis; the centre of pixel x is at (x + 0.5) · 4 − 0.5 there.
        mask = np.zeros((4 * (high[1] - low[1]), 4 * (high[0] - low[0])), np.uint8)
        corners = ((points - low + 0.5) * 4 - 0.5).clip(-20000, 20000)
        cv2.fillPoly(mask, [np.round(corners * 16).astype(np.int32)], 255, shift=4)
        mask = cv2.resize(mask, (mask.shape[1] // 4, mask.shape[0] // 4), interpolation=cv2.INTER_AREA)
        alpha = (mask.astype(np.float32) / 255 * strength)[..., None]
        paint: npt.NDArray[np.float32] = np.asarray(colour, np.float32)
        if paint.ndim == 3:
            paint = paint[area]
        if texture is not None:
            paint = paint * (1 + texture[area])[..., None]
        self.colour[area] = self.colour[area] * (1 - alpha) + paint * alpha
        if label is not None:
            self.labels[area][mask >= 128] = label

    def box(
        self, left: float, top: float, right: float, bottom: float,
        colour: Colour | Field, label: Label | None, texture: Field | None = None, strength: float = 1.0,
    ) -> None:  # fmt: skip
        """Fill a rectangle; see `fill`."""
        self.fill(
            [(left, top), (right, top), (right, bottom), (left, bottom)], colour, label, texture, strength
        )

    def sprite(self) -> Sprite:
        """Return the finished picture as a sprite; use the camera's map as its pose."""
        return to_sprite(self.colour, None, self.labels, self.plane.place)
