"""A street across the picture: houses, trees, people on the pavement, cars and a bus on the road."""

from __future__ import annotations

import math

import numpy as np

from stream.sources.scenes.affine import Affine, move, scale, turn
from stream.sources.scenes.backdrop import Backdrop
from stream.sources.scenes.board import hand_held, mix
from stream.sources.scenes.brush import Colour, Shape, box, oval, paint, tint, unit
from stream.sources.scenes.canvas import Layer, Scene, Sprite
from stream.sources.scenes.figure import STRIDE, Figure, walk
from stream.sources.scenes.labels import Label
from stream.sources.scenes.land import LIGHTS, soft_shadow
from stream.sources.scenes.plants import tree
from stream.sources.scenes.vehicles import Vehicle

_FACADES: tuple[Colour, ...] = ((120, 150, 184), (96, 110, 160), (168, 180, 190), (150, 160, 160), (110, 140, 200),
                                (190, 196, 200), (84, 92, 120), (160, 150, 130))  # fmt: skip
# Heights in parts of the frame's, from above: foot of the houses, kerbs, near pavement.
_HOUSES, _FAR_KERB, _LANES, _NEAR_KERB = 0.635, 0.685, (0.765, 0.865), 0.915


class Street(Scene):
    """See the module's text. Seeds choose the houses, the hour, who walks and what drives."""

    name = "street"

    def __init__(self, seed: int = 0, size: tuple[int, int] = (640, 360), rate: float = 30.0) -> None:
        """Paint the houses and all who pass."""
        super().__init__(seed, size, rate)
        width, height = size
        self.unit = min(height, 0.75 * width)  # scales things, so that portrait frames hold some too
        self._backdrop = _paint_street(seed, size)
        self._shadow = soft_shadow()
        self._trees = []
        for number in range(2 + int(3 * unit(seed, 111))):
            x = width * (number + 0.2 + 0.6 * unit(seed, 112, number)) / 4
            tall = self.unit * (0.42 + 0.2 * unit(seed, 113, number))
            self._trees.append((tree(seed * 13 + number, _resolution(tall)), x, tall))
        self._lamp = _traffic_lights(_resolution(0.5 * self.unit))
        self._traffic = []
        for lane in (0, 1):
            facing = -1 if lane == 0 else 1
            long = self.unit * (0.40 if lane == 0 else 0.50)
            for place in range(3):
                kind = "bus" if place == 2 and lane == int(2 * unit(seed, 121)) else "car"
                body = Vehicle(kind, seed * 11 + 3 * lane + place, _resolution(long), facing)
                self._traffic.append((lane, place, facing, long, body))
        self._people = []
        for number in range(4 + int(3 * unit(seed, 131))):
            near = number < 1 + int(2 * unit(seed, 132))
            tall = self.unit * (0.50 if near else 0.235)
            facing = 1 if unit(seed, 133, number) < 0.5 else -1
            body = Figure(seed * 17 + number, _resolution(tall), facing, 0.2 if unit(seed, 134, number) < 0.3 else 0.0)
            self._people.append((near, facing, tall, unit(seed, 135, number), body))

    def layers(self, time: float) -> list[Layer]:
        """See `Scene.layers`."""
        width, height = self.size
        camera = hand_held(self.seed, self.size, time, 0.7)
        layers = [Layer(self._backdrop, camera)]
        for number, (sprite, x, tall) in enumerate(self._trees):
            root = camera @ move(x, height * (_FAR_KERB - 0.012)) @ scale(tall)
            layers.append(self._shade(root, 0.3))
            layers.append(Layer(sprite, root @ turn(0.008 * math.sin(0.9 * time + 2 * number))))
        for near, facing, tall, start, body in self._people:
            if not near:
                layers += self._walker(camera, time, facing, tall, start, body, _FAR_KERB - 0.018 + 0.012 * start)
        colour = int(time / 4.0 + 3 * unit(self.seed, 114)) % 3
        post = camera @ move(width * 0.86, height * (_FAR_KERB + 0.004)) @ scale(0.36 * self.unit)
        layers.append(Layer(self._lamp[colour], post))
        for lane, place, facing, long, vehicle in self._traffic:
            span = max(width + 3.0 * long, 6.0 * long)
            pace = (1.1 + 0.5 * unit(self.seed, 122, lane)) * long  # one speed a lane: nobody runs into another
            travelled = span * (place + 0.3 * unit(self.seed, 123, lane)) / 3 + pace * time
            x = travelled % span - (span - width) / 2
            root = camera @ move(x if facing > 0 else width - x, height * _LANES[lane]) @ scale(facing * long, long)
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


def _paint_street(seed: int, size: tuple[int, int]) -> Sprite:
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
    drop.box(left, _HOUSES * height, right, _FAR_KERB * height, stone, Label.PAVEMENT, fine + rough)
    drop.box(left, _FAR_KERB * height, right, _NEAR_KERB * height, (92, 90, 90), Label.ROAD, fine + rough)
    drop.box(left, (_FAR_KERB - 0.008) * height, right, _FAR_KERB * height, (196, 198, 200), Label.PAVEMENT, fine)
    step = 0.16 * max(width, height)
    middle = (_LANES[0] + 0.022) * height
    for mark in range(-3, 12):
        x = mark * step
        drop.box(x, middle, x + 0.55 * step, middle + 0.010 * height, (214, 222, 226), None, fine, 0.85)
    drop.box(left, _NEAR_KERB * height, right, 2 * height, (150, 156, 162), Label.PAVEMENT, fine + rough)
    drop.box(left, _NEAR_KERB * height, right, (_NEAR_KERB + 0.012) * height, (204, 206, 208), Label.PAVEMENT, fine)
    for slab in range(-4, 30):
        x = slab * 0.07 * max(width, height)
        lean = 0.25 * (x - width / 2)
        drop.fill([(x, (_NEAR_KERB + 0.012) * height), (x + 0.002 * width, (_NEAR_KERB + 0.012) * height),
                   (x + lean + 0.004 * width, 1.08 * height), (x + lean, 1.08 * height)], (110, 114, 118), None, None, 0.6)  # fmt: skip
    return drop.sprite()


def _paint_skyline(drop: Backdrop, seed: int, haze: Colour) -> None:
    width, height = drop.size
    x, number = -0.1 * width, 0
    while x < 1.1 * width:
        wide = (0.04 + 0.06 * unit(seed, 142, number)) * max(width, height)
        top = (0.16 + 0.25 * unit(seed, 143, number)) * height
        drop.box(x, top, x + wide, _HOUSES * height, tint(haze, 0.86 + 0.08 * unit(seed, 144, number)), Label.SKYSCRAPER)
        x, number = x + wide * (1.1 + 0.9 * unit(seed, 145, number)), number + 1


def _paint_houses(drop: Backdrop, seed: int) -> None:
    width, height = drop.size
    unit_size = min(height, 0.75 * width)
    grit = 0.05 * drop.noise(0.02, 1.0, 4) + 0.05 * drop.noise(0.2)
    x, number = (-0.12 - 0.1 * unit(seed, 151)) * width, 0
    bottom = _HOUSES * height
    while x < 1.1 * width:
        wide = (0.24 + 0.22 * unit(seed, 152, number)) * unit_size
        floors = 2 + int(3 * unit(seed, 153, number))
        storey = 0.105 * unit_size
        top = bottom - (floors + 0.25) * storey
        coat = _FACADES[int(unit(seed, 154, number) * len(_FACADES))]
        drop.box(x, top, x + wide, bottom, coat, Label.BUILDING_OTHER, grit)
        drop.box(x, top, x + 0.02 * wide, bottom, (20, 20, 20), None, None, 0.3)
        drop.box(x - 0.008 * unit_size, top - 0.018 * unit_size, x + wide + 0.008 * unit_size, top, tint(coat, 0.7),
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
                drop.box(left - 0.06 * pane, over - 0.05 * storey, left + 1.06 * pane, over + tall, tint(coat, 1.18), None)
                if ground and column == number % columns:
                    drop.box(left, over, left + pane, bottom, (46, 58, 84), Label.DOOR_STUFF)
                    continue
                glass = tint((150, 130, 110), 0.35 + 0.75 * shine)
                drop.box(left, over, left + pane, over + tall - 0.06 * storey, glass, None)
                drop.fill([(left, over), (left + 0.7 * pane, over), (left, over + 0.8 * tall)], (230, 220, 210), None, None,
                          0.22)  # fmt: skip
                drop.box(left + 0.47 * pane, over, left + 0.53 * pane, over + tall - 0.06 * storey, tint(coat, 1.2), None)
        gap = 0.0 if unit(seed, 156, number) < 0.75 else 0.12 * unit_size
        if gap:
            hedge = 0.25 * drop.noise(0.012, 1.0, 3)
            drop.box(x + wide, bottom - 0.6 * storey, x + wide + gap, bottom, (52, 96, 66), Label.BUSH, hedge)
        x, number = x + wide + gap, number + 1


def _traffic_lights(resolution: float) -> tuple[Sprite, Sprite, Sprite]:
    """Return a signal post of height 1 showing green, amber and red."""
    lamps: tuple[tuple[float, Colour], ...] = ((-0.80, (90, 220, 60)), (-0.87, (40, 190, 250)), (-0.94, (50, 50, 235)))
    sprites = []
    for lit in range(3):
        shapes = [Shape(box(-0.014, -0.78, 0.014, 0.0), (70, 72, 70), 0.014), Shape(box(-0.05, -1.0, 0.05, -0.75), (40, 44, 42), 0.02)]
        for lamp, (y, colour) in enumerate(lamps):
            shapes.append(Shape(oval(0, y, 0.026, 0.026), colour if lamp == lit else tint(colour, 0.28), 0.01, 0.0))
        sprites.append(paint(shapes, resolution, Label.TRAFFIC_LIGHT))
    return sprites[0], sprites[1], sprites[2]


def _resolution(length: float) -> float:
    return min(max(length, 32.0), 720.0)
