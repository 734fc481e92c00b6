"""Draw the frame number into the picture and read it back, to recognize a frame after any transmission.

Forty-eight black or white cells, 24 columns by 2 rows, lie in the upper left corner: half the picture wide, a
twelfth of it high. Row by row they hold the index, 32 bits, most significant first, and its CRC-16. All is
measured in parts of the picture, so the mark survives scaling, stretching and lossy video; it does not
survive cropping or mirroring. The true labels under the mark stay those of the scene.
"""

from __future__ import annotations

import binascii

import numpy as np

from stream.frame import Image

COLUMNS, ROWS = 24, 2
SMALLEST = (96, 48)
"""The smallest (width, height) that can carry a mark: cells of two pixels."""

_WIDE, _HIGH = 1 / 48, 1 / 24  # a cell, in parts of the picture


def draw(image: Image, index: int) -> None:
    """Draw the mark of `index` into a picture, in place.

    Args:
        image: uint8 (H, W, 3) or (H, W), not under `SMALLEST`.
        index: 0 to 2³² − 1.

    Raises:
        ValueError: the picture is too small or the index out of range.
    """
    height, width = image.shape[:2]
    if width < SMALLEST[0] or height < SMALLEST[1]:
        raise ValueError(
            f"a mark needs {SMALLEST[0]}x{SMALLEST[1]} pixels; this picture has {width}x{height}"
        )
    if not 0 <= index < 1 << 32:
        raise ValueError(f"a mark holds 0 to {(1 << 32) - 1}, not {index}")
    word = index.to_bytes(4, "big")
    word += binascii.crc_hqx(word, 0xFFFF).to_bytes(2, "big")
    bits = np.unpackbits(np.frombuffer(word, np.uint8)).reshape(ROWS, COLUMNS)
    x, y = _edges(COLUMNS, _WIDE * width), _edges(ROWS, _HIGH * height)
    strip = (bits * np.uint8(255)).repeat(np.diff(y), 0).repeat(np.diff(x), 1)
    image[: y[-1], : x[-1]] = strip if image.ndim == 2 else strip[..., None]


def read(image: Image) -> int | None:
    """Return the index in the mark of a picture, or None if there is no readable mark.

    Args:
        image: uint8 (H, W, 3) or (H, W), of any size.
    """
    height, width = image.shape[:2]
    bits = np.zeros((ROWS, COLUMNS), np.uint8)
    for row in range(ROWS):
        for column in range(COLUMNS):
            # The middle half of a cell: its rim has bled into the neighbours.
            left, right = _middle(column, _WIDE * width)
            top, bottom = _middle(row, _HIGH * height)
            level = float(image[top:bottom, left:right].mean()) if top < height and left < width else 128.0
            if 96 < level < 160:
                return None
            bits[row, column] = level >= 160
    word = np.packbits(bits.ravel()).tobytes()
    if binascii.crc_hqx(word[:4], 0xFFFF) != int.from_bytes(word[4:], "big"):
        return None
    return int.from_bytes(word[:4], "big")


def _edges(count: int, step: float) -> list[int]:
    return [round(number * step) for number in range(count + 1)]


def _middle(number: int, step: float) -> tuple[int, int]:
    first = round((number + 0.25) * step)
    return first, max(round((number + 0.75) * step), first + 1)
