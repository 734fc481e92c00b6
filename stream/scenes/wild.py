"""Draw walks in the open: animals, trees and a wanderer, on a meadow or in the snow."""

from __future__ import annotations

import math

from stream.scenes.affine import WidthHeight, move, scale, turn
from stream.scenes.beast import Beast
from stream.scenes.board import hand_held
from stream.scenes.brush import fineness, unit
from stream.scenes.canvas import LayeredScene
from stream.scenes.figure import STRIDE, Figure, walk
from stream.scenes.land import Ground, Land
from stream.scenes.plants import tree
from stream.scenes.sprite import Layer, Shadow

_HORIZON = 0.46
_HEIGHTS = {"dog": 0.30, "bear": 0.58, "horse": 0.86, "cow": 0.72, "sheep": 0.42}  # in the wanderer's heights


class _Wild(LayeredScene):
    """Draw walkers that cross the picture, each at its own depth; far ones are smaller and slower."""

    ground: Ground
    kinds: tuple[str, ...]

    def __init__(self, seed: int = 0, size: WidthHeight = (640, 360), rate: float = 30.0) -> None:
        """Paint land, trees and walkers."""
        super().__init__(seed, size, rate)
        width, height = size
        self.unit = min(0.62 * height, 0.5 * width)  # a person's height in pixels at depth 1
        self.land = Land(seed, size, _HORIZON, self.ground)
        snowy = self.ground is Ground.SNOW
        self._trees = []
        for number in range(5 + int(5 * unit(seed, 81))):
            depth = 0.16 + 0.55 * unit(seed, 82, number) ** 1.5
            tall = self.unit * depth * (1.9 + 1.3 * unit(seed, 84, number))
            fir = snowy or unit(seed, 85) < 0.35
            sprite = tree(seed * 31 + number, fineness(tall), fir=fir, snowy=snowy)
            x = width * (1.2 * unit(seed, 83, number) - 0.1)
            self._trees.append((depth, sprite, x, tall, 6.28 * unit(seed, 86, number)))
        self._trees.sort(key=lambda entry: entry[0])
        self._walkers = []
        for number in range(3 + int(2.5 * unit(seed, 91))):
            depth = 0.42 + 0.55 * (number + unit(seed, 92, number)) / 5
            facing = 1 if unit(seed, 93, number) < 0.5 else -1
            kind = "person" if number == 1 else self.kinds[int(unit(seed, 94, number) * len(self.kinds))]
            tall = self.unit * depth * _HEIGHTS.get(kind, 1.0)
            body: Figure | Beast
            if kind == "person":
                body = Figure(seed * 7 + number, fineness(tall), facing, 0.22 if snowy else 0.0)
            else:
                body = Beast(kind, seed * 7 + number, fineness(tall), facing)
            self._walkers.append((depth, body, facing, tall, unit(seed, 95, number), unit(seed, 96, number)))

    def layers(self, time: float) -> list[Layer | Shadow]:
        """See `LayeredScene.layers`."""
        width, height = self.size
        camera = hand_held(self.seed, self.size, time)
        layers: list[Layer | Shadow] = [*self.land.layers(time, camera)]

        def foot(depth: float) -> float:
            return height * _HORIZON + depth * 0.98 * min(0.48 * height, 0.8 * self.unit)

        for depth, sprite, x, tall, phase in self._trees:
            root = camera @ move(x, foot(depth)) @ scale(tall)
            layers.append(self.land.shadow(root, 0.4))
            layers.append(Layer(sprite, root @ turn(0.008 * math.sin(0.9 * time + phase))))
        for depth, body, facing, tall, start, pace in self._walkers:
            stride = STRIDE if isinstance(body, Figure) else body.stride
            tempo = (0.75 + 0.35 * pace) * min(1.0, 0.55 + 0.3 / (tall / self.unit))  # strides a second
            span = width + 3.2 * tall
            travelled = start * span + time * tempo * stride * tall
            x = travelled % span - 1.6 * tall
            x = x if facing > 0 else width - x
            root = camera @ move(x, foot(depth)) @ scale(facing * tall, tall)
            phase = travelled / (stride * tall)
            layers.append(self.land.shadow(root, 0.42 if isinstance(body, Figure) else 0.85))
            if isinstance(body, Figure):
                layers += body.layers(walk(phase), root)
            else:
                layers += body.layers(phase, root, nod=0.12 + 0.12 * math.sin(0.31 * time + 6.28 * start))
        return layers


class Meadow(_Wild):
    """A meadow: grass, trees, and dogs, horses, cows or sheep."""

    name = "meadow"
    ground = Ground.GRASS
    kinds = ("dog", "horse", "cow", "sheep", "dog")


class Winter(_Wild):
    """A winter landscape: snow, firs, and one or two bears."""

    name = "winter"
    ground = Ground.SNOW
    kinds = ("bear", "bear", "dog")
