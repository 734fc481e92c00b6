"""Paint the still part of a room: walls, floor, ceiling, window, door, picture and rug."""

from __future__ import annotations

import numpy as np

from stream.scenes.affine import WidthHeight
from stream.scenes.backdrop import Backdrop
from stream.scenes.board import mix
from stream.scenes.brush import Colour, Field, tint, unit
from stream.scenes.coco_ids import Label
from stream.scenes.sprite import Sprite

_WALLS: tuple[Colour, ...] = (
    (196, 208, 214),
    (170, 190, 176),
    (206, 190, 172),
    (150, 176, 206),
    (186, 182, 200),
    (120, 130, 120),
)
TOP, FOOT = 0.10, 0.66  # the back wall, in parts of the height


def paint_room(seed: int, size: WidthHeight) -> Sprite:
    """Paint the still room of a seed for a frame size (width, height)."""
    width, height = size
    drop = Backdrop(size, seed)
    wall = _WALLS[int(unit(seed, 191) * len(_WALLS))]
    left, right, top, foot = -width, 2 * width, TOP * height, FOOT * height
    fine, soft = 0.015 * drop.noise(0.008, 1.0, 3), 0.03 * drop.noise(0.5)
    glow = 0.10 * (1 - np.abs(drop.x - width * (0.3 + 0.4 * unit(seed, 192))) / width) + 0.06 * (
        0.4 - drop.y / height
    )
    texture: Field = fine + soft + glow
    kind = (Label.WALL_OTHER, Label.WALL_OTHER, Label.WALL_BRICK)[int(3 * unit(seed, 193))]
    paint_: Colour | Field = wall
    if kind is Label.WALL_BRICK:
        paint_ = _bricks(drop, seed)
    drop.box(left, top, right, foot, paint_, kind, texture)
    drop.box(left, -height, right, top, (226, 230, 232), Label.CEILING_OTHER, texture)
    drop.box(left, top, right, top + 0.012 * height, (236, 238, 240), kind, fine)
    _paint_floor(drop, seed, foot)
    drop.box(left, foot - 0.028 * height, right, foot, (214, 220, 222), kind, fine)
    room = min(height, 0.85 * width)
    slots = [0.2 + 0.1 * unit(seed, 194), 0.56 + 0.1 * unit(seed, 195), 0.88]
    if unit(seed, 196) < 0.5:
        slots.reverse()
    _paint_window(drop, seed, slots[0] * width, room)
    _paint_door(drop, seed, slots[1] * width, room, foot)
    x, y = slots[2] * width, 0.30 * height
    drop.box(x - 0.09 * room, y - 0.08 * room, x + 0.09 * room, y + 0.08 * room, (40, 60, 84), None)
    canvas = mix((90, 150, 200), (190, 120, 60), np.clip(0.5 + 0.5 * drop.noise(0.05), 0, 1))
    drop.box(x - 0.08 * room, y - 0.07 * room, x + 0.08 * room, y + 0.07 * room, canvas, None)
    if unit(seed, 197) < 0.7:
        rug: Colour = ((70, 70, 150), (130, 100, 80), (110, 150, 170))[int(3 * unit(seed, 198))]
        weave = 0.10 * drop.noise(0.006, 2.0, 2)
        middle, low, high = width / 2, 0.80 * height, 0.93 * height
        for grow, colour in ((1.0, rug), (0.9, tint(rug, 1.5)), (0.84, rug)):
            dip = (high - low) * (1 - grow) * 1.6
            drop.fill([(middle - 0.30 * width * grow, low + dip), (middle + 0.30 * width * grow, low + dip),
                       (middle + 0.40 * width * grow, high - dip), (middle - 0.40 * width * grow,
                                                                    high - dip)],
                      colour, Label.RUG, weave)  # fmt: skip
    return drop.sprite()


def _paint_floor(drop: Backdrop, seed: int, foot: float) -> None:
    """Paint boards that run towards a vanishing point above the wall's foot."""
    width, height = drop.size
    down = np.clip((drop.y - foot) / (height - foot), 0, 2) + 0.45
    across = (drop.x - width / 2) / max(width, height) / down * 9
    plank, along = np.floor(across), 1 / down * 3.0
    shade = np.sin(plank * 12.9898 + np.floor(along + np.sin(plank * 7.1) * 3) * 78.233) * 43758.5453
    shade = shade - np.floor(shade)
    seam = np.clip(1 - np.abs(across - np.round(across)) * 40, 0, 1)
    grain = 0.04 * drop.noise(0.004, 1.0, 2) + 0.05 * drop.noise(0.15)
    wood = np.array(((84, 124, 168), (60, 92, 132), (120, 160, 190))[int(3 * unit(seed, 199))], np.float32)
    tone = (0.88 + 0.22 * shade - 0.35 * seam + grain - 0.10 * np.clip(0.5 - down + 0.35, 0, 1))[..., None]
    drop.box(-width, foot, 2 * width, 2 * height, (wood * tone).astype(np.float32), Label.FLOOR_WOOD)
    drop.box(-width, foot, 2 * width, foot + 0.02 * height, (20, 20, 20), None, None, 0.25)


def _paint_window(drop: Backdrop, seed: int, x: float, room: float) -> None:
    _, height = drop.size
    half, top, bottom = 0.15 * room, 0.155 * height, 0.155 * height + 0.34 * room
    up = np.broadcast_to(np.clip(1 - (drop.y - top) / (bottom - top), 0, 1), drop.shape)
    view = mix((210, 214, 206), (214, 168, 120), up)
    cloud = np.clip(0.5 * drop.noise(0.08, 2.0), 0, 0.9)[..., None]
    view = view * (1 - cloud) + 250 * cloud
    leaves = np.clip((0.30 - up + 0.10 * drop.noise(0.04)) * 30, 0, 1)[..., None]
    view = (
        view * (1 - leaves)
        + np.array((70, 120, 90), np.float32) * leaves * (1 + 0.25 * drop.noise(0.01))[..., None]
    )
    frame: Colour = (236, 238, 240)
    drop.box(
        x - half * 1.08, top - 0.07 * half, x + half * 1.08, bottom + 0.1 * half, frame, Label.WINDOW_OTHER
    )
    drop.box(x - half, top, x + half, bottom, view.astype(np.float32), Label.WINDOW_OTHER)
    drop.box(x - 0.025 * half, top, x + 0.025 * half, bottom, frame, Label.WINDOW_OTHER)
    middle = top + 0.4 * (bottom - top)
    drop.box(x - half, middle, x + half, middle + 0.05 * half, frame, Label.WINDOW_OTHER)
    if unit(seed, 201) < 0.75:
        cloth: Colour = ((140, 150, 196), (176, 186, 196), (120, 150, 120), (110, 90, 140))[
            int(4 * unit(seed, 202))
        ]
        folds = (0.16 * np.sin((drop.x - x) / half * 28) + 0 * drop.y).astype(np.float32)
        for side in (-1, 1):
            near, far = x + side * 0.72 * half, x + side * 1.32 * half
            drop.fill([(near, top - 0.16 * half), (far, top - 0.16 * half), (far, bottom + 0.3 * half),
                       (near + side * 0.14 * half, bottom + 0.3 * half)], cloth, Label.CURTAIN,
                       folds)  # fmt: skip


def _paint_door(drop: Backdrop, seed: int, x: float, room: float, foot: float) -> None:
    half, top = 0.105 * room, foot - 0.52 * room
    coat: Colour = ((214, 222, 226), (64, 96, 136), (120, 140, 130))[int(3 * unit(seed, 203))]
    drop.box(x - 1.16 * half, top - 0.14 * half, x + 1.16 * half, foot, tint(coat, 0.8), Label.DOOR_STUFF)
    drop.box(x - half, top, x + half, foot, coat, Label.DOOR_STUFF, 0.03 * drop.noise(0.05, 0.3))
    for over, under in ((0.08, 0.45), (0.54, 0.92)):
        high = foot - top
        drop.box(
            x - 0.7 * half, top + over * high, x + 0.7 * half, top + under * high, tint(coat, 0.86), None
        )
        drop.box(
            x - 0.64 * half,
            top + (over + 0.015) * high,
            x + 0.7 * half,
            top + under * high,
            tint(coat, 0.97),
            None,
        )
    drop.box(
        x + 0.76 * half,
        top + 0.5 * (foot - top),
        x + 0.9 * half,
        top + 0.53 * (foot - top),
        (110, 160, 180),
        None,
    )


def _bricks(drop: Backdrop, seed: int) -> Field:
    size = 0.03 * max(drop.size)
    row = np.floor(drop.y / size * 2)
    column = drop.x / size + 0.5 * (row % 2)
    shade = np.sin(row * 12.9898 + np.floor(column) * 78.233 + seed % 89) * 43758.5453
    shade = shade - np.floor(shade)
    joint = np.minimum(
        np.abs(column - np.round(column)) * 2, np.abs(drop.y / size * 2 - np.round(drop.y / size * 2)) * 1.0
    )
    brick = np.array((84, 104, 168), np.float32) * (0.8 + 0.35 * shade)[..., None]
    mortar = np.clip(1 - joint * 14, 0, 1)[..., None]
    wall: Field = (brick * (1 - mortar) + np.array((168, 178, 184), np.float32) * mortar).astype(np.float32)
    return wall
