"""Paint trees: leafy crowns and firs, grown from noise."""

from __future__ import annotations

import numpy as np

from stream.scenes.affine import Affine
from stream.scenes.brush import Colour, fractal, to_sprite, unit
from stream.scenes.coco_ids import Label
from stream.scenes.sprite import Sprite

_GREENS: tuple[Colour, ...] = ((52, 104, 74), (44, 84, 56), (60, 122, 98), (36, 72, 46), (48, 110, 128))
_BARK: Colour = (52, 66, 84)


def tree(seed: int, resolution: float, *, fir: bool = False, snowy: bool = False) -> Sprite:
    """Paint a tree of height 1 with its foot at the origin.

    Args:
        seed: the seed of its shape.
        resolution: pixels a tree height.
        fir: a cone in tiers rather than a round crown.
        snowy: with snow on its boughs.
    """
    rng = np.random.default_rng([seed, 71])
    high, wide = max(round(1.06 * resolution), 6), max(round(0.9 * resolution), 6)
    x = ((np.arange(wide, dtype=np.float32) + 0.5) / resolution - 0.45)[None, :]
    y = ((np.arange(high, dtype=np.float32) + 0.5) / resolution - 1.04)[:, None]
    lump, leaf = max(0.10 * resolution, 2.0), max(0.022 * resolution, 1.5)
    leaves = fractal(rng, (high, wide), (lump, lump), 3)
    fine = fractal(rng, (high, wide), (leaf * (1.0 if fir else 1.4), leaf * 1.4), 2)
    if fir:
        # Boughs hang, so the rim of a tier curves down towards its tips.
        tier = (-(y + 0.03) * 8.0 + 1.6 * np.abs(x) + 0.12 * leaves) % 1.0
        half = 0.015 + 0.31 * np.clip(1.02 + y, 0, 1) * (0.70 + 0.30 * (1 - tier) ** 2)
        inside = (half - np.abs(x) + 0.012 * fine) * 22 - (y > -0.10) * 9.0
        lit = 0.30 - 0.8 * x + 0.55 * (tier - 0.35)
    else:
        squash = np.hypot(x / 0.36, (y + 0.63) / 0.35)
        inside = (1.0 - squash + 0.10 * leaves) * 8
        tier = np.zeros_like(inside)
        lit = 0.42 - 0.9 * x - 0.8 * (y + 0.64) + 0.16 * leaves
    crown = np.clip(inside + 0.5 + 0.4 * fine, 0, 1).astype(np.float32)
    trunk_half = 0.028 + 0.025 * np.clip(y + 0.12, 0, 1) * 4
    trunk = (
        np.clip((trunk_half - np.abs(x + 0.012 * np.sin(7 * y))) * resolution, 0, 1) * (y < 0) * (y > -0.7)
    )
    trunk = trunk.astype(np.float32)
    green = np.array(_GREENS[3 if fir else int(unit(seed, 72) * len(_GREENS))], np.float32)
    shade = np.clip(0.45 + 0.75 * lit + 0.20 * fine, 0.25, 1.6)[..., None]
    foliage = green * shade * np.array([0.95, 1.0, 1.05], np.float32)
    if snowy:
        snow = np.clip(
            0.35 * fine + 0.3 * leaves + (1.6 * (tier - 0.42) if fir else 0.3 - 1.5 * (y + 0.64)), 0, 0.92
        )[..., None]
        foliage = foliage * (1 - snow) + np.array((246, 240, 234), np.float32) * snow * (
            0.75 + 0.25 * shade.clip(0, 1)
        )
    bark = np.array(_BARK, np.float32) * (0.85 - 3.5 * x + 0.2 * fine)[..., None]
    colour = bark * trunk[..., None] * (1 - crown[..., None]) + foliage * crown[..., None]
    cover = crown + trunk * (1 - crown)
    place = Affine(1 / resolution, 0, -0.45 + 0.5 / resolution, 0, 1 / resolution, -1.04 + 0.5 / resolution)
    return to_sprite(colour.astype(np.float32), cover, Label.TREE, place)
