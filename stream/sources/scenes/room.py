"""A living room: furniture along its wall, people and a dog who pass, and now and then a bear."""

from __future__ import annotations

import math

import numpy as np

from stream.sources.scenes.affine import move, scale
from stream.sources.scenes.backdrop import Backdrop
from stream.sources.scenes.beast import Beast
from stream.sources.scenes.board import hand_held, mix
from stream.sources.scenes.brush import Colour, Field, tint, unit
from stream.sources.scenes.canvas import Layer, Scene, Sprite
from stream.sources.scenes.figure import STRIDE, Figure, walk
from stream.sources.scenes.furniture import MAKERS, shelf, television
from stream.sources.scenes.labels import Label
from stream.sources.scenes.land import soft_shadow

_WALLS: tuple[Colour, ...] = ((196, 208, 214), (170, 190, 176), (206, 190, 172), (150, 176, 206), (186, 182, 200), (120, 130, 120))
_TOP, _FOOT = 0.10, 0.66  # the back wall, in parts of the height
# What may stand along the wall: name, height against a person's, width in its own heights.
_ROW = (("couch", 0.52, 2.5), ("cabinet", 0.36, 2.8), ("refrigerator", 1.02, 0.6), ("shelf", 1.08, 0.75), ("plant", 0.62, 0.9))


class Room(Scene):
    """See the module's text. Seeds choose colours, furniture and visitors."""

    name = "room"

    def __init__(self, seed: int = 0, size: tuple[int, int] = (640, 360), rate: float = 30.0) -> None:
        """Paint the room and all in it."""
        super().__init__(seed, size, rate)
        width, height = size
        self.unit = 0.62 * min(height, 0.85 * width)  # a person's height at the back wall
        self._backdrop = _paint_room(seed, size)
        self._shadow = soft_shadow()
        self._still: list[tuple[Sprite, float, float, float]] = []  # sprite, x, foot, height
        self._screens: tuple[list[Sprite], float, float, float] | None = None
        self._furnish()
        self._front: list[tuple[Sprite, float, float, float]] = []
        near = 1.45 * self.unit
        if unit(seed, 171) < 0.6:
            x = width * (0.25 + 0.5 * unit(seed, 172))
            table = MAKERS["table"](seed, _resolution(0.42 * near))
            chair = MAKERS["chair"](seed, _resolution(0.54 * near))
            self._front = [(chair, x - 0.62 * near, 0.985 * height, 0.54 * near), (table, x, 0.99 * height, 0.42 * near)]
        self._walkers: list[tuple[Figure | Beast, int, float, float, float]] = []
        for number in range(2 + int(2 * unit(seed, 173))):
            facing = 1 if unit(seed, 174, number) < 0.5 else -1
            depth = 0.15 + 0.22 * number + 0.1 * unit(seed, 175, number)
            tall = self.unit * (1 + 0.4 * depth)
            body: Figure | Beast
            if number == 1:
                kind, part = ("bear", 0.6) if unit(seed, 176) < 0.35 else ("dog", 0.34)
                tall *= part
                body = Beast(kind, seed * 3 + number, _resolution(tall), facing)
            else:
                body = Figure(seed * 19 + number, _resolution(tall), facing, 0.0)
            self._walkers.append((body, facing, tall, depth, unit(seed, 177, number)))

    def layers(self, time: float) -> list[Layer]:
        """See `Scene.layers`."""
        width, height = self.size
        camera = hand_held(self.seed, self.size, time, 0.6)
        layers = [Layer(self._backdrop, camera)]
        for sprite, x, foot, tall in self._still:
            layers.append(Layer(sprite, camera @ move(x, foot) @ scale(tall)))
        if self._screens is not None:
            screens, x, foot, tall = self._screens
            programme = int(len(screens) * unit(self.seed, 178, math.floor(time / 1.7)))
            layers.append(Layer(screens[programme], camera @ move(x, foot) @ scale(tall)))
        for body, facing, tall, depth, start in self._walkers:
            stride = STRIDE if isinstance(body, Figure) else body.stride
            span = width + 3.0 * tall
            travelled = start * span + time * (0.55 + 0.25 * start) * stride * tall
            x = travelled % span - 1.5 * tall
            foot = height * (_FOOT + (1 - _FOOT) * (0.15 + 0.75 * depth))
            root = camera @ move(x if facing > 0 else width - x, foot) @ scale(facing * tall, tall)
            phase = travelled / (stride * tall)
            reach = 0.4 if isinstance(body, Figure) else 0.85
            layers.append(Layer(self._shadow, root @ scale(reach, 0.14 * reach)))
            layers += body.layers(walk(phase), root) if isinstance(body, Figure) else body.layers(phase, root)
        for sprite, x, foot, tall in self._front:
            layers.append(Layer(sprite, camera @ move(x, foot) @ scale(tall)))
        return layers

    def _furnish(self) -> None:
        """Stand furniture along the wall, from left to right, until it is full."""
        width, height = self.size
        seed, person = self.seed, self.unit
        foot = height * (_FOOT + 0.035)
        order = sorted(range(len(_ROW)), key=lambda number: unit(seed, 181, number))
        x = 0.03 * width
        for number in order:
            name, part, wide = _ROW[number]
            tall = part * person
            if x + wide * tall > 1.05 * width:
                continue
            middle = x + wide * tall / 2
            if name == "shelf":
                self._still += [(sprite, middle, foot, tall) for sprite in shelf(seed, _resolution(tall))]
            else:
                self._still.append((MAKERS[name](seed, _resolution(tall)), middle, foot, tall))
            if name == "cabinet":
                high = 0.42 * person
                self._screens = television(seed, _resolution(high)), middle, foot - 1.03 * tall, high
            x += wide * tall + (0.02 + 0.06 * unit(seed, 182, number)) * width


def _paint_room(seed: int, size: tuple[int, int]) -> Sprite:
    width, height = size
    drop = Backdrop(size, seed)
    wall = _WALLS[int(unit(seed, 191) * len(_WALLS))]
    left, right, top, foot = -width, 2 * width, _TOP * height, _FOOT * height
    fine, soft = 0.015 * drop.noise(0.008, 1.0, 3), 0.03 * drop.noise(0.5)
    glow = 0.10 * (1 - np.abs(drop.x - width * (0.3 + 0.4 * unit(seed, 192))) / width) + 0.06 * (0.4 - drop.y / height)
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
                       (middle + 0.40 * width * grow, high - dip), (middle - 0.40 * width * grow, high - dip)],
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
    view = view * (1 - leaves) + np.array((70, 120, 90), np.float32) * leaves * (1 + 0.25 * drop.noise(0.01))[..., None]
    frame: Colour = (236, 238, 240)
    drop.box(x - half * 1.08, top - 0.07 * half, x + half * 1.08, bottom + 0.1 * half, frame, Label.WINDOW_OTHER)
    drop.box(x - half, top, x + half, bottom, view.astype(np.float32), Label.WINDOW_OTHER)
    drop.box(x - 0.025 * half, top, x + 0.025 * half, bottom, frame, Label.WINDOW_OTHER)
    middle = top + 0.4 * (bottom - top)
    drop.box(x - half, middle, x + half, middle + 0.05 * half, frame, Label.WINDOW_OTHER)
    if unit(seed, 201) < 0.75:
        cloth: Colour = ((140, 150, 196), (176, 186, 196), (120, 150, 120), (110, 90, 140))[int(4 * unit(seed, 202))]
        folds = (0.16 * np.sin((drop.x - x) / half * 28) + 0 * drop.y).astype(np.float32)
        for side in (-1, 1):
            near, far = x + side * 0.72 * half, x + side * 1.32 * half
            drop.fill([(near, top - 0.16 * half), (far, top - 0.16 * half), (far, bottom + 0.3 * half),
                       (near + side * 0.14 * half, bottom + 0.3 * half)], cloth, Label.CURTAIN, folds)  # fmt: skip


def _paint_door(drop: Backdrop, seed: int, x: float, room: float, foot: float) -> None:
    half, top = 0.125 * room, foot - 0.74 * 0.62 * room * 1.35
    coat: Colour = ((214, 222, 226), (64, 96, 136), (120, 140, 130))[int(3 * unit(seed, 203))]
    drop.box(x - 1.16 * half, top - 0.14 * half, x + 1.16 * half, foot, tint(coat, 0.8), Label.DOOR_STUFF)
    drop.box(x - half, top, x + half, foot, coat, Label.DOOR_STUFF, 0.03 * drop.noise(0.05, 0.3))
    for over, under in ((0.08, 0.45), (0.54, 0.92)):
        high = foot - top
        drop.box(x - 0.7 * half, top + over * high, x + 0.7 * half, top + under * high, tint(coat, 0.86), None)
        drop.box(x - 0.64 * half, top + (over + 0.015) * high, x + 0.7 * half, top + under * high, tint(coat, 0.97), None)
    drop.box(x + 0.76 * half, top + 0.5 * (foot - top), x + 0.9 * half, top + 0.53 * (foot - top), (110, 160, 180), None)


def _bricks(drop: Backdrop, seed: int) -> Field:
    size = 0.03 * max(drop.size)
    row = np.floor(drop.y / size * 2)
    column = drop.x / size + 0.5 * (row % 2)
    shade = np.sin(row * 12.9898 + np.floor(column) * 78.233 + seed % 89) * 43758.5453
    shade = shade - np.floor(shade)
    joint = np.minimum(np.abs(column - np.round(column)) * 2, np.abs(drop.y / size * 2 - np.round(drop.y / size * 2)) * 1.0)
    brick = np.array((84, 104, 168), np.float32) * (0.8 + 0.35 * shade)[..., None]
    mortar = np.clip(1 - joint * 14, 0, 1)[..., None]
    return (brick * (1 - mortar) + np.array((168, 178, 184), np.float32) * mortar).astype(np.float32)


def _resolution(tall: float) -> float:
    return min(max(tall, 32.0), 720.0)

