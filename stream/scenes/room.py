"""Draw a living room: furniture along its wall, people and a dog that pass, and now and then a bear."""

from __future__ import annotations

import math

from stream.scenes.affine import WidthHeight, move, scale
from stream.scenes.beast import Beast
from stream.scenes.board import hand_held
from stream.scenes.brush import fineness, unit
from stream.scenes.canvas import LayeredScene
from stream.scenes.figure import STRIDE, Figure, walk
from stream.scenes.furniture import MAKERS, shelf, television
from stream.scenes.interior import FOOT, paint_room
from stream.scenes.land import soft_shadow
from stream.scenes.sprite import Layer, Shadow, Sprite

# Furniture along the wall: name, height in heights of a person, width in its own heights.
_ROW = (
    ("couch", 0.52, 2.5),
    ("cabinet", 0.36, 2.8),
    ("refrigerator", 1.02, 0.6),
    ("shelf", 1.08, 0.75),
    ("plant", 0.62, 0.9),
)


class Room(LayeredScene):
    """Draw the room; the seed chooses colours, furniture and visitors."""

    name = "room"

    def __init__(self, seed: int = 0, size: WidthHeight = (640, 360), rate: float = 30.0) -> None:
        """Paint the room and all in it."""
        super().__init__(seed, size, rate)
        width, height = size
        self.unit = 0.47 * min(height, 0.85 * width)  # a person's height at the back wall
        self._backdrop = paint_room(seed, size)
        self._shadow = soft_shadow()
        self._still: list[tuple[Sprite, float, float, float]] = []  # sprite, x, foot, height
        self._screens: tuple[list[Sprite], float, float, float] | None = None
        self._furnish()
        self._front: list[tuple[Sprite, float, float, float]] = []
        near = 1.5 * self.unit
        if unit(seed, 171) < 0.6:
            x = width * (0.25 + 0.5 * unit(seed, 172))
            table = MAKERS["table"](seed, fineness(0.42 * near))
            chair = MAKERS["chair"](seed, fineness(0.54 * near))
            self._front = [
                (chair, x - 0.62 * near, 0.985 * height, 0.54 * near),
                (table, x, 0.99 * height, 0.42 * near),
            ]
        self._walkers: list[tuple[Figure | Beast, int, float, float, float]] = []
        for number in range(2 + int(2 * unit(seed, 173))):
            facing = 1 if unit(seed, 174, number) < 0.5 else -1
            depth = 0.15 + 0.22 * number + 0.1 * unit(seed, 175, number)
            tall = self.unit * (1 + 0.5 * depth)
            body: Figure | Beast
            if number == 1:
                kind, part = ("bear", 0.6) if unit(seed, 176) < 0.35 else ("dog", 0.34)
                tall *= part
                body = Beast(kind, seed * 3 + number, fineness(tall), facing)
            else:
                body = Figure(seed * 19 + number, fineness(tall), facing, 0.0)
            self._walkers.append((body, facing, tall, depth, unit(seed, 177, number)))

    def layers(self, time: float) -> list[Layer | Shadow]:
        """See `LayeredScene.layers`."""
        width, height = self.size
        camera = hand_held(self.seed, self.size, time, 0.6)
        layers: list[Layer | Shadow] = [Layer(self._backdrop, camera)]
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
            foot = height * (FOOT + (1 - FOOT) * (0.15 + 0.75 * depth))
            root = camera @ move(x if facing > 0 else width - x, foot) @ scale(facing * tall, tall)
            phase = travelled / (stride * tall)
            reach = 0.4 if isinstance(body, Figure) else 0.85
            layers.append(Layer(self._shadow, root @ scale(reach, 0.14 * reach)))
            layers += body.layers(walk(phase), root) if isinstance(body, Figure) else body.layers(phase, root)
        for sprite, x, foot, tall in self._front:
            layers.append(Layer(sprite, camera @ move(x, foot) @ scale(tall)))
        return layers

    def _furnish(self) -> None:
        """Place furniture along the wall, from left to right, until it is full."""
        width, height = self.size
        seed, person = self.seed, self.unit
        foot = height * (FOOT + 0.035)
        order = sorted(range(len(_ROW)), key=lambda number: unit(seed, 181, number))
        x = 0.03 * width
        for number in order:
            name, part, wide = _ROW[number]
            tall = part * person
            if x + wide * tall > 1.05 * width:
                continue
            middle = x + wide * tall / 2
            if name == "shelf":
                self._still += [(sprite, middle, foot, tall) for sprite in shelf(seed, fineness(tall))]
            else:
                self._still.append((MAKERS[name](seed, fineness(tall)), middle, foot, tall))
            if name == "cabinet":
                high = 0.42 * person
                self._screens = television(seed, fineness(high)), middle, foot - 1.03 * tall, high
            x += wide * tall + (0.02 + 0.06 * unit(seed, 182, number)) * width
