"""Draw what stands along the course and drifts above it: trees, houses, walls, fences, clouds."""

from __future__ import annotations

from functools import cache

import numpy as np

from stream.frame import Image
from stream.scenes.arcade.colours import CLEAR, Ink
from stream.scenes.brush import unit


@cache
def round_tree(kind: int) -> Image:
    """Draw a tree with a round crown, 40 columns wide and up to 62 rows high; `kind` chooses its shape."""
    tall = 48 + 7 * (kind % 3)
    picture = np.full((tall, 40), CLEAR, np.uint8)
    picture[26:, 17:23] = Ink.TRUNK
    picture[-3:, 15:25] = Ink.TRUNK
    for number in range(7):
        turn = 2 * np.pi * number / 7 + 6 * unit(kind, 41)
        _disc(
            picture, 20 + 10 * np.cos(turn), 17 + 8 * np.sin(turn), 7 + 2 * unit(kind, number, 42), Ink.LEAVES
        )
    _disc(picture, 20, 17, 12, Ink.LEAVES)
    for number in range(5):  # the sky is seen between the leaves
        x, y = 8 + int(24 * unit(kind, number, 43)), 10 + int(18 * unit(kind, number, 44))
        picture[y, x : x + 3] = CLEAR
        picture[y + 1, x + 1 : x + 2] = CLEAR
    return picture


@cache
def fir(kind: int) -> Image:
    """Draw a fir, 31 columns wide and up to 64 rows high; `kind` chooses its height."""
    tiers = 4 + kind % 2
    rows = np.arange(11 * tiers)
    # Each tier begins narrower than the one above it ends.
    half = rows // 11 * 2 + rows % 11 * 7 // 10 + 1
    picture = np.full((len(rows) + 9, 31), CLEAR, np.uint8)
    picture[len(rows) :, 13:18] = Ink.TRUNK
    for row, reach in enumerate(half):
        picture[row, max(15 - reach, 0) : 16 + reach] = Ink.LEAVES
    return picture


@cache
def house(kind: int) -> Image:
    """Draw a house, 56 columns by 58 rows: plaster, and a roof, a door and windows of brick."""
    picture = np.full((58, 56), CLEAR, np.uint8)
    picture[24:, 5:51] = Ink.PLASTER
    picture[2:22, 38:46] = Ink.BRICK  # the chimney
    for row in range(24):
        half = 2 + row * 26 // 24
        picture[row, 28 - half : 28 + half] = Ink.BRICK
    picture[22:25, :] = Ink.BRICK
    for row in range(12, 20):
        picture[row, 24 - (row - 12) // 4 : 32 + (row - 12) // 4] = Ink.PLASTER
    door, window = (11, 32) if kind % 2 else (33, 11)
    picture[36:, door : door + 12] = Ink.BRICK
    picture[46:48, door + 9] = Ink.PLASTER
    picture[34:46, window : window + 14] = Ink.BRICK
    picture[34:46, window + 7] = Ink.PLASTER
    picture[40, window : window + 14] = Ink.PLASTER
    picture[32, window - 1 : window + 15] = Ink.BRICK
    return picture


@cache
def wall() -> Image:
    """Draw a wall of bricks, 56 columns by 30 rows, with a battlement."""
    rows, columns = np.mgrid[0:30, 0:56]
    joint = (rows % 6 == 5) | ((columns + 6 * (rows // 6 % 2)) % 12 == 11)
    picture = np.where(joint, Ink.MORTAR, Ink.BRICK).astype(np.uint8)
    picture[:6][:, np.arange(56) // 8 % 2 == 1] = CLEAR
    return picture


@cache
def fence(wide: int) -> Image:
    """Draw a fence of pointed boards, `wide` columns by 20 rows."""
    picture = np.full((20, wide), CLEAR, np.uint8)
    picture[6:8] = picture[14:16] = Ink.FENCE
    for x in range(1, wide - 4, 8):
        picture[2:, x : x + 5] = Ink.FENCE
        picture[1, x + 1 : x + 4] = Ink.FENCE
        picture[0, x + 2] = Ink.FENCE
    return picture


@cache
def cloud(kind: int) -> Image:
    """Draw a cloud with a flat base, up to 62 columns by 20 rows; `kind` chooses its shape."""
    wide = 40 + int(22 * unit(kind, 51))
    picture = np.full((20, wide), CLEAR, np.uint8)
    count = 3 + kind % 3
    for number in range(count):
        x = 7 + (wide - 14) * number / (count - 1)
        outer = number in (0, count - 1)
        radius = 4.5 + 2 * unit(kind, number, 52) + (0 if outer else 3)
        _disc(picture, x, (15 if outer else 11) - 3 * unit(kind, number, 53) * (not outer), radius, Ink.CLOUD)
    picture[12:16, 8 : wide - 8] = Ink.CLOUD
    picture[16:] = CLEAR
    picture[16, 6 : wide - 9] = picture[17, 12 : wide - 16] = Ink.CLOUD
    return picture


def _disc(picture: Image, x: float, y: float, radius: float, ink: Ink) -> None:
    rows, columns = np.ogrid[: picture.shape[0], : picture.shape[1]]
    picture[(columns + 0.5 - x) ** 2 + (rows + 0.5 - y) ** 2 <= radius**2] = ink
