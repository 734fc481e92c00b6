"""Raster one sprite or shadow into a picture, and find the pixels that it covers."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from stream.frame import Image
from stream.scenes.affine import WidthHeight, move
from stream.scenes.sprite import Layer, Shadow, Sprite

Box = tuple[int, int, int, int]
Matrix = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def _placed(layer: Layer, size: WidthHeight) -> tuple[Box, Matrix] | None:
    """Return the frame box (left, top, right, bottom) that the layer touches and its matrix there."""
    full = move(-0.5, -0.5) @ layer.pose @ layer.sprite.place
    high, wide = layer.sprite.pixels.shape[:2]
    a, b, tx, c, d, ty = full
    # From the outer pixels' rims; one more pixel for the interpolation.
    xs = [a * x + b * y + tx for x in (-0.5, wide - 0.5) for y in (-0.5, high - 0.5)]
    ys = [c * x + d * y + ty for x in (-0.5, wide - 0.5) for y in (-0.5, high - 0.5)]
    left, right = max(int(min(xs)), 0), min(int(max(xs)) + 2, size[0])
    top, bottom = max(int(min(ys)), 0), min(int(max(ys)) + 2, size[1])
    if left >= right or top >= bottom:
        return None
    return (left, top, right, bottom), (move(-left, -top) @ full).matrix()


def _warped(sprite: Sprite, matrix: Matrix, box: Box) -> Image:
    """Return the sprite's four channels, warped into the box."""
    return cv2.warpAffine(  # type: ignore[return-value]
        sprite.pixels,
        matrix,
        (box[2] - box[0], box[3] - box[1]),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE if sprite.solid else cv2.BORDER_CONSTANT,
        borderValue=(0, 0, 0, 255),
    )


def paint(image: Image, layer: Layer) -> None:
    """Paint a sprite over the picture, in place."""
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


def darken(image: Image, shadow: Shadow) -> None:
    """Multiply the shadow into the picture; it is computed at half size, since it is soft."""
    size = image.shape[1], image.shape[0]
    placed = [
        (caster.sprite, *found) for caster in shadow.casters if (found := _placed(caster, size)) is not None
    ]
    if not placed:
        return
    rim = int(2 * shadow.blur) + 2
    left, top = (max(min(box[side] for _, box, _ in placed) - rim, 0) for side in (0, 1))
    right, bottom = (min(max(box[side] for _, box, _ in placed) + rim, size[side - 2]) for side in (2, 3))
    clear = np.full(((bottom - top + 1) // 2, (right - left + 1) // 2), 255, np.uint8)
    for sprite, box, matrix in placed:
        # Into half-size coordinates, where pixel centre p lies at (p − 0.5) / 2.
        half = matrix.copy()
        half[:, 2] += box[0] - left - 0.5, box[1] - top - 0.5
        x0, y0 = (box[0] - left) // 2, (box[1] - top) // 2
        x1, y1 = min((box[2] - left) // 2 + 1, clear.shape[1]), min((box[3] - top) // 2 + 1, clear.shape[0])
        half *= 0.5
        half[:, 2] -= x0, y0
        part = clear[y0:y1, x0:x1]
        seen = cv2.warpAffine(
            sprite.pixels, half, (x1 - x0, y1 - y0), flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT,
            borderValue=(0, 0, 0, 255),
        )  # fmt: skip
        np.minimum(part, seen[..., 3], out=part)
    soft = cv2.GaussianBlur(clear, (0, 0), max(shadow.blur / 2, 0.5))
    soft = cv2.addWeighted(soft, shadow.strength, soft, 0.0, 255 * (1 - shadow.strength))
    soft = cv2.resize(soft, (right - left, bottom - top), interpolation=cv2.INTER_LINEAR)
    part = image[top:bottom, left:right]
    part[:] = cv2.multiply(part, cv2.cvtColor(soft, cv2.COLOR_GRAY2BGR), scale=1 / 255)


def cover(layer: Layer, size: WidthHeight) -> tuple[Box, Mask, Matrix] | None:
    """Return the layer's box, the mask of the pixels that it hides in the box, and its matrix there."""
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


def add_grain(image: Image, number: int) -> None:
    """Add sensor noise in place: for each frame number another part of one pattern."""
    left, top = number * 97 % _GRAIN, number * 151 % _GRAIN
    for y in range(0, image.shape[0], _GRAIN):
        for x in range(0, image.shape[1], _GRAIN):
            part = image[y : y + _GRAIN, x : x + _GRAIN]
            cut = slice(top, top + part.shape[0]), slice(left, left + part.shape[1])
            part[:] = cv2.subtract(cv2.add(part, _GRAIN_UP[cut]), _GRAIN_DOWN[cut])
