"""Paint the still part of a street: sky, skyline, houses, pavements and the road."""

from __future__ import annotations

import numpy as np

from stream.scenes.affine import WidthHeight
from stream.scenes.backdrop import Backdrop
from stream.scenes.board import mix
from stream.scenes.brush import Colour, tint, unit
from stream.scenes.coco_ids import Label
from stream.scenes.land import LIGHTS
from stream.scenes.sprite import Sprite

_FACADES: tuple[Colour, ...] = ((120, 150, 184), (96, 110, 160), (168, 180, 190), (150, 160, 160),
                                (110, 140, 200),
                                (190, 196, 200), (84, 92, 120), (160, 150, 130))  # fmt: skip
# Heights in parts of the frame's, from above: foot of the houses, kerbs, near pavement.
HOUSES, FAR_KERB, LANES, NEAR_KERB = 0.635, 0.685, (0.765, 0.865), 0.915


def paint_street(seed: int, size: WidthHeight) -> Sprite:
    """Paint the still street of a seed for a frame size (width, height)."""
    width, height = size
    drop = Backdrop(size, seed)
    light = LIGHTS[int(unit(seed, 141) * 3)]
    left, right = -width, 2.0 * width
    up = np.clip(1 - drop.y / (0.7 * height), 0, 1.2)
    sky = mix(light.horizon, light.zenith, np.broadcast_to(up.clip(0, 1), drop.shape))
    cloud = np.clip(0.35 * drop.noise(0.3, 2.2) - 0.1, 0, 0.85)[..., None]
    sky = sky * (1 - cloud) + np.array(light.cloud, np.float32) * cloud
    drop.box(left, -height, right, height, sky, Label.SKY_OTHER)
    _paint_skyline(drop, seed, light.haze)
    _paint_houses(drop, seed)
    fine, rough = 0.05 * drop.noise(0.01, 1.5, 3), 0.06 * drop.noise(0.15, 3.0)
    stone: Colour = (168, 172, 176)
    drop.box(left, HOUSES * height, right, FAR_KERB * height, stone, Label.PAVEMENT, fine + rough)
    drop.box(left, FAR_KERB * height, right, NEAR_KERB * height, (92, 90, 90), Label.ROAD, fine + rough)
    drop.box(
        left, (FAR_KERB - 0.008) * height, right, FAR_KERB * height, (196, 198, 200), Label.PAVEMENT, fine
    )
    step = 0.16 * max(width, height)
    middle = (LANES[0] + 0.022) * height
    for mark in range(-3, 12):
        x = mark * step
        drop.box(x, middle, x + 0.55 * step, middle + 0.010 * height, (214, 222, 226), None, fine, 0.85)
    drop.box(left, NEAR_KERB * height, right, 2 * height, (150, 156, 162), Label.PAVEMENT, fine + rough)
    drop.box(
        left, NEAR_KERB * height, right, (NEAR_KERB + 0.012) * height, (204, 206, 208), Label.PAVEMENT, fine
    )
    for slab in range(-4, 30):
        x = slab * 0.07 * max(width, height)
        lean = 0.25 * (x - width / 2)
        drop.fill([(x, (NEAR_KERB + 0.012) * height), (x + 0.002 * width, (NEAR_KERB + 0.012) * height),
                   (x + lean + 0.004 * width, 1.08 * height), (x + lean, 1.08 * height)], (110, 114, 118),
                   None, None, 0.6)  # fmt: skip
    return drop.sprite()


def _paint_skyline(drop: Backdrop, seed: int, haze: Colour) -> None:
    width, height = drop.size
    x, number = -0.1 * width, 0
    while x < 1.1 * width:
        wide = (0.04 + 0.06 * unit(seed, 142, number)) * max(width, height)
        top = (0.16 + 0.25 * unit(seed, 143, number)) * height
        drop.box(
            x,
            top,
            x + wide,
            HOUSES * height,
            tint(haze, 0.86 + 0.08 * unit(seed, 144, number)),
            Label.SKYSCRAPER,
        )
        x, number = x + wide * (1.1 + 0.9 * unit(seed, 145, number)), number + 1


def _paint_houses(drop: Backdrop, seed: int) -> None:
    width, height = drop.size
    unit_size = max(min(height, 0.75 * width), width / 8)  # a sliver of a frame still has few houses
    grit = 0.05 * drop.noise(0.02, 1.0, 4) + 0.05 * drop.noise(0.2)
    x, number = (-0.12 - 0.1 * unit(seed, 151)) * width, 0
    bottom = HOUSES * height
    while x < 1.1 * width:
        wide = (0.24 + 0.22 * unit(seed, 152, number)) * unit_size
        floors = 2 + int(3 * unit(seed, 153, number))
        storey = 0.105 * unit_size
        top = bottom - (floors + 0.25) * storey
        coat = _FACADES[int(unit(seed, 154, number) * len(_FACADES))]
        drop.box(x, top, x + wide, bottom, coat, Label.BUILDING_OTHER, grit)
        drop.box(x, top, x + 0.02 * wide, bottom, (20, 20, 20), None, None, 0.3)
        drop.box(x - 0.008 * unit_size, top - 0.018 * unit_size, x + wide + 0.008 * unit_size, top,
                 tint(coat, 0.7),
                 Label.BUILDING_OTHER, grit)  # fmt: skip
        columns = max(int(wide / (0.085 * unit_size)), 1)
        for floor in range(floors):
            for column in range(columns):
                left = x + wide * (column + 0.24) / columns
                pane = 0.52 * wide / columns
                over = top + (floor + 0.28) * storey
                ground = floor == floors - 1
                tall = 0.66 * storey if not ground else 0.82 * storey
                shine = unit(seed, 155, number * 100 + floor * 10 + column)
                drop.box(
                    left - 0.06 * pane,
                    over - 0.05 * storey,
                    left + 1.06 * pane,
                    over + tall,
                    tint(coat, 1.18),
                    None,
                )
                if ground and column == number % columns:
                    drop.box(left, over, left + pane, bottom, (46, 58, 84), Label.DOOR_STUFF)
                    continue
                glass = tint((150, 130, 110), 0.35 + 0.75 * shine)
                drop.box(left, over, left + pane, over + tall - 0.06 * storey, glass, None)
                drop.fill([(left, over), (left + 0.7 * pane, over), (left, over + 0.8 * tall)],
                          (230, 220, 210), None, None,
                          0.22)  # fmt: skip
                drop.box(
                    left + 0.47 * pane,
                    over,
                    left + 0.53 * pane,
                    over + tall - 0.06 * storey,
                    tint(coat, 1.2),
                    None,
                )
        gap = 0.0 if unit(seed, 156, number) < 0.75 else 0.12 * unit_size
        if gap:
            hedge = 0.25 * drop.noise(0.012, 1.0, 3)
            drop.box(x + wide, bottom - 0.6 * storey, x + wide + gap, bottom, (52, 96, 66), Label.BUSH, hedge)
        x, number = x + wide + gap, number + 1
