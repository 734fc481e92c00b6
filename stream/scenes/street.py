"""Draw a street across the picture: houses, trees, people on the pavement, cars and a bus on the road."""

from __future__ import annotations

import math

from stream.scenes.affine import Affine, WidthHeight, move, scale, turn
from stream.scenes.board import hand_held
from stream.scenes.brush import Colour, Shape, box, fineness, oval, paint, tint, unit
from stream.scenes.canvas import LayeredScene
from stream.scenes.coco_ids import Label
from stream.scenes.facades import FAR_KERB, LANES, paint_street
from stream.scenes.figure import STRIDE, Figure, walk
from stream.scenes.land import soft_shadow
from stream.scenes.plants import tree
from stream.scenes.sprite import Layer, Shadow, Sprite
from stream.scenes.vehicles import Vehicle


class Street(LayeredScene):
    """Draw the street; the seed chooses houses, hour, walkers and vehicles."""

    name = "street"

    def __init__(self, seed: int = 0, size: WidthHeight = (640, 360), rate: float = 30.0) -> None:
        """Paint the houses, walkers and vehicles."""
        super().__init__(seed, size, rate)
        width, height = size
        self.unit = min(height, 0.75 * width)  # the size of things, so that portrait frames hold some, too
        self._backdrop = paint_street(seed, size)
        self._shadow = soft_shadow()
        self._trees = []
        for number in range(2 + int(3 * unit(seed, 111))):
            x = width * (number + 0.2 + 0.6 * unit(seed, 112, number)) / 4
            tall = self.unit * (0.42 + 0.2 * unit(seed, 113, number))
            self._trees.append((tree(seed * 13 + number, fineness(tall)), x, tall))
        self._lamp = _traffic_lights(fineness(0.5 * self.unit))
        self._traffic = []
        for lane in (0, 1):
            facing = -1 if lane == 0 else 1
            long = self.unit * (0.40 if lane == 0 else 0.50)
            for place in range(3):
                kind = "bus" if place == 2 and lane == int(2 * unit(seed, 121)) else "car"
                vehicle = Vehicle(kind, seed * 11 + 3 * lane + place, fineness(long), facing)
                self._traffic.append((lane, place, facing, long, vehicle))
        self._people = []
        for number in range(4 + int(3 * unit(seed, 131))):
            near = number < 1 + int(2 * unit(seed, 132))
            tall = self.unit * (0.50 if near else 0.235)
            facing = 1 if unit(seed, 133, number) < 0.5 else -1
            body = Figure(
                seed * 17 + number, fineness(tall), facing, 0.2 if unit(seed, 134, number) < 0.3 else 0.0
            )
            self._people.append((near, facing, tall, unit(seed, 135, number), body))

    def layers(self, time: float) -> list[Layer | Shadow]:
        """See `LayeredScene.layers`."""
        width, height = self.size
        camera = hand_held(self.seed, self.size, time, 0.7)
        layers: list[Layer | Shadow] = [Layer(self._backdrop, camera)]
        for number, (sprite, x, tall) in enumerate(self._trees):
            root = camera @ move(x, height * (FAR_KERB - 0.012)) @ scale(tall)
            layers.append(self._shade(root, 0.3))
            layers.append(Layer(sprite, root @ turn(0.008 * math.sin(0.9 * time + 2 * number))))
        for near, facing, tall, start, body in self._people:
            if not near:
                layers += self._walker(
                    camera, time, facing, tall, start, body, FAR_KERB - 0.018 + 0.012 * start
                )
        colour = int(time / 4.0 + 3 * unit(self.seed, 114)) % 3
        post = camera @ move(width * 0.86, height * (FAR_KERB + 0.004)) @ scale(0.36 * self.unit)
        layers.append(Layer(self._lamp[colour], post))
        for lane, place, facing, long, vehicle in self._traffic:
            span = max(width + 3.0 * long, 6.0 * long)
            pace = (
                1.1 + 0.5 * unit(self.seed, 122, lane)
            ) * long  # one speed for each lane, so that vehicles do not collide
            travelled = span * (place + 0.3 * unit(self.seed, 123, lane)) / 3 + pace * time
            x = travelled % span - (span - width) / 2
            root = (
                camera
                @ move(x if facing > 0 else width - x, height * LANES[lane])
                @ scale(facing * long, long)
            )
            layers.append(self._shade(root, 0.62 * vehicle.length))
            layers += vehicle.layers(travelled / long, root)
        for near, facing, tall, start, body in self._people:
            if near:
                layers += self._walker(camera, time, facing, tall, start, body, 0.975 + 0.02 * start)
        return layers

    def _walker(
        self, camera: Affine, time: float, facing: int, tall: float, start: float, body: Figure, foot: float
    ) -> list[Layer]:
        width, height = self.size
        span = width + 1.4 * tall
        travelled = start * span + time * (0.8 + 0.3 * start) * STRIDE * tall
        x = travelled % span - 0.7 * tall
        root = camera @ move(x if facing > 0 else width - x, height * foot) @ scale(facing * tall, tall)
        return [self._shade(root, 0.35), *body.layers(walk(travelled / (STRIDE * tall)), root)]

    def _shade(self, root: Affine, reach: float) -> Layer:
        return Layer(self._shadow, root @ scale(reach, 0.13 * reach))


def _traffic_lights(resolution: float) -> tuple[Sprite, Sprite, Sprite]:
    """Return a signal post of height 1 showing green, amber and red."""
    lamps: tuple[tuple[float, Colour], ...] = (
        (-0.80, (90, 220, 60)),
        (-0.87, (40, 190, 250)),
        (-0.94, (50, 50, 235)),
    )
    sprites = []
    for lit in range(3):
        shapes = [
            Shape(box(-0.014, -0.78, 0.014, 0.0), (70, 72, 70), 0.014),
            Shape(box(-0.05, -1.0, 0.05, -0.75), (40, 44, 42), 0.02),
        ]
        for lamp, (y, colour) in enumerate(lamps):
            shapes.append(
                Shape(oval(0, y, 0.026, 0.026), colour if lamp == lit else tint(colour, 0.28), 0.01, 0.0)
            )
        sprites.append(paint(shapes, resolution, Label.TRAFFIC_LIGHT))
    return sprites[0], sprites[1], sprites[2]
