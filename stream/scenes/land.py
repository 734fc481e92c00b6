"""Paint open land: a sky with drifting clouds, mountain ridges in haze, and a flat of salt, sand or snow."""

from __future__ import annotations

import math
from enum import Enum
from typing import NamedTuple

import cv2
import numpy as np

from stream.scenes.affine import Affine, WidthHeight, move, scale
from stream.scenes.board import MARGIN, board, mix
from stream.scenes.brush import Colour, Field, fractal, to_sprite, unit
from stream.scenes.coco_ids import Label
from stream.scenes.sprite import Layer, Sprite

_DRIFT = 0.22  # largest drift of the clouds, in frame widths


class Daylight(NamedTuple):
    """The colours of an hour of the day, in BGR."""

    zenith: Colour
    horizon: Colour
    cloud: Colour
    cloud_shade: Colour
    haze: Colour
    rock: Colour
    sun: Colour  # multiplies the ground


LIGHTS = (
    Daylight((178, 116, 62), (226, 206, 180), (250, 247, 243), (206, 190, 176), (216, 192, 166),
             (112, 98, 92), (1.0, 1.0, 1.0)),  # noon
    Daylight((150, 110, 84), (150, 198, 244), (206, 226, 252), (176, 158, 170), (168, 176, 204),
             (88, 84, 100), (0.80, 0.93, 1.06)),  # a low sun
    Daylight((196, 160, 122), (230, 224, 216), (246, 242, 238), (196, 188, 180), (218, 208, 196),
             (104, 104, 104), (1.0, 0.98, 0.95)),  # thin overcast
    Daylight((118, 74, 58), (178, 156, 218), (196, 180, 232), (128, 104, 112), (164, 134, 156),
             (82, 66, 74), (0.88, 0.84, 0.92)),  # dusk
)  # fmt: skip


class Ground(Enum):
    """The material of the flat."""

    SALT = Label.SAND, (188, 206, 216)
    SAND = Label.SAND, (116, 164, 204)
    SNOW = Label.SNOW, (244, 238, 232)
    GRASS = Label.GRASS, (62, 138, 116)


def paint_sky(seed: int, size: WidthHeight, horizon: float, light: Daylight) -> Sprite:
    """Paint a sky down to a little below `horizon` (frame y in pixels), wide enough to drift."""
    width, height = size
    reach = (MARGIN + _DRIFT) * width
    plane = board(size, -reach, -MARGIN * height - 2, width + reach, horizon + MARGIN * height + 2)
    rng = np.random.default_rng([seed, 21])
    _, y = plane.grid()
    up = np.clip((horizon - y) / max(horizon, 1.0), 0, 1.3)
    colour = mix(
        light.horizon, light.zenith, np.broadcast_to(np.minimum(up**0.75, 1), (plane.high, plane.wide))
    )
    # Clouds are on a plane above: higher in the picture is nearer, so lumps grow towards the top.
    lump = 0.40 * width * plane.scale
    depth = 1 / (0.16 + up.clip(0, 1))
    noise = fractal(rng, (plane.high, plane.wide), (lump, lump), 6)
    rows = (lump * 0.9 * (depth - depth.min()) + 2).astype(np.float32)
    tall = fractal(rng, (int(rows.max()) + 4, plane.wide), (lump * 0.55, lump), 7)
    lines = np.arange(plane.wide, dtype=np.float32)[None, :]
    noise = 0.25 * noise + cv2.remap(
        tall, np.broadcast_to(lines, (plane.high, plane.wide)).copy(),
        np.broadcast_to(rows, (plane.high, plane.wide)).copy(), cv2.INTER_LINEAR,
    )  # fmt: skip
    amount = 0.15 - 0.75 * unit(seed, 22)
    dense = np.clip((noise + amount) * 0.75, 0, 1) * np.clip(up * 5, 0, 1)
    dense = dense * dense * (3 - 2 * dense)
    bottom_lit = np.clip(0.5 + 0.35 * (noise - np.roll(noise, max(int(0.02 * lump), 1), 0)) * 6, 0, 1)
    cloud = mix(light.cloud_shade, light.cloud, np.clip(bottom_lit * 0.6 + 0.4 * (1 - dense) + 0.1, 0, 1))
    colour = colour * (1 - 0.9 * dense[..., None]) + cloud * 0.9 * dense[..., None]
    return to_sprite(colour, None, Label.SKY_OTHER, plane.place)


def paint_ridges(seed: int, size: WidthHeight, horizon: float, light: Daylight, tall: float) -> Sprite:
    """Paint three mountain ridges standing on `horizon`, `tall` pixels high, paler with distance."""
    width = size[0]
    plane = board(size, -MARGIN * width - 2, horizon - 1.25 * tall, (1 + MARGIN) * width + 2, horizon + 2)
    rng = np.random.default_rng([seed, 31])
    _, y = plane.grid()
    shape = plane.high, plane.wide
    colour, cover = np.zeros((*shape, 3), np.float32), np.zeros(shape, np.float32)
    for ridge, (rise, near) in enumerate(((1.0, 0.0), (0.66, 0.45), (0.36, 0.85))):
        lump = (0.42 - 0.09 * ridge) * width * plane.scale
        profile = fractal(rng, (8, plane.wide), (64, lump), 6)[4]
        crags = fractal(rng, (8, plane.wide), (64, 0.12 * lump), 5)[4]
        profile = 0.9 - 1.7 * np.abs(profile) if ridge == 0 else profile
        crest = horizon - tall * rise * (0.50 + 0.38 * np.tanh(0.75 * profile) + 0.025 * crags)
        alpha = np.clip((y - crest) * plane.scale + 0.5, 0, 1).astype(np.float32)
        relief = fractal(rng, shape, (0.10 * tall * plane.scale + 2, 0.16 * tall * plane.scale + 2), 5)
        # Slopes fall from the crest: shear the relief so that it runs down.
        slope = relief - np.roll(relief, (max(int(plane.scale), 1), -max(int(1.5 * plane.scale), 1)), (0, 1))
        facing = np.clip(0.5 + 1.1 * slope + 0.12 * relief, 0, 1)
        below = np.clip((y - crest) / tall, 0, 1)
        rock = mix(tuple(0.62 * c for c in light.rock), tuple(1.25 * c for c in light.rock), facing)  # type: ignore[arg-type]
        veil = np.clip((0.74 - 0.5 * near) + 0.45 * below * (1 - 0.5 * near), 0, 0.96)[..., None]
        rock = rock * (1 - veil) + np.array(light.haze, np.float32) * veil
        colour = colour * (1 - alpha[..., None]) + rock * alpha[..., None]
        cover = cover + alpha * (1 - cover)
    return to_sprite(colour, cover, Label.MOUNTAIN, plane.place)


def paint_flat(seed: int, size: WidthHeight, horizon: float, light: Daylight, kind: Ground) -> Sprite:
    """Paint the flat from `horizon` down: salt with its cracks, rippled sand, snow or grass."""
    width, height = size
    plane = board(size, -MARGIN * width - 2, horizon, (1 + MARGIN) * width + 2, (1 + MARGIN) * height + 2)
    rng = np.random.default_rng([seed, 41])
    label, base = kind.value
    x, y = plane.grid()
    down = np.clip((y - horizon) / max(height - horizon, 1.0), 0.004, None)
    depth = 1 / down
    across = (x - width / 2) / max(height - horizon, 1.0) * depth
    shape = plane.high, plane.wide
    lump = 0.35 * width * plane.scale
    tone = (
        1
        + 0.05 * fractal(rng, shape, (lump * 0.1, lump), 6)
        + 0.035 * fractal(rng, shape, (3, 8), 2) * down**0.5
    )
    if kind is Ground.SALT:
        tone = tone - 0.30 * _cracks(seed, across * 3.2, np.broadcast_to(depth * 3.2, shape)) * down**0.35
    elif kind is Ground.SAND:
        wave = np.sin(depth * 26 + 5 * fractal(rng, shape, (lump * 0.2, lump * 0.5), 3) + across * 3)
        tone = tone + 0.07 * wave * np.clip(down * 2 - 0.1, 0, 1)
    elif kind is Ground.GRASS:
        blades = fractal(rng, shape, (9 * plane.scale, 2.2 * plane.scale), 3)
        tone = tone + 0.12 * blades * (0.3 + down) + 0.10 * fractal(rng, shape, (lump * 0.06, lump * 0.4), 5)
    far = np.clip(1 - down * 2.2, 0, 1) ** 2 * (0.45 if kind is Ground.GRASS else 0.75)
    sun = np.array(light.sun, np.float32) ** (
        0.5 if kind is Ground.SNOW else 1.0
    )  # white glows less than sand
    ground = np.array(base, np.float32) * sun * tone[..., None]
    ground = ground * (0.90 + 0.10 * (1 - down.clip(0, 1)))[..., None]
    ground = ground * (1 - far[..., None]) + np.array(light.haze, np.float32) * 1.04 * far[..., None]
    return to_sprite(ground.astype(np.float32), None, label, plane.place)


def _cracks(seed: int, x: Field, y: Field) -> Field:
    """Return ridges between Voronoi cells of a jittered unit grid, 1 on the edge: float32 of x's shape."""
    column, row = np.floor(x), np.floor(y)
    nearest = np.full(x.shape, 9.0, np.float32)
    second = nearest.copy()
    for i in (-1, 0, 1):
        for j in (-1, 0, 1):
            hashed = np.sin((column + i) * 127.1 + (row + j) * 311.7 + seed % 97) * 43758.5453
            jitter_x, jitter_y = hashed - np.floor(hashed), hashed * 1.7 - np.floor(hashed * 1.7)
            distance = np.hypot(column + i + jitter_x - x, row + j + jitter_y - y).astype(np.float32)
            second = np.minimum(second, np.maximum(nearest, distance))
            nearest = np.minimum(nearest, distance)
    # Widen with distance so that far cracks fade instead of flickering.
    edge = (second - nearest) / (0.05 + 0.012 * y)
    ridge: Field = (np.clip(1 - edge, 0, 1) * np.clip(2.2 / y, 0, 1)).astype(np.float32)
    return ridge


class Land:
    """Sky, ridges and ground of one seed.

    Args:
        seed: chooses hour, ground and shapes.
        size: (width, height) of the frame.
        horizon: its place, as a part of the height from above.
        ground: the material below the horizon.
    """

    def __init__(self, seed: int, size: WidthHeight, horizon: float, ground: Ground) -> None:
        """Paint the three planes."""
        width, height = size
        light = LIGHTS[0] if seed == 0 else LIGHTS[int(unit(seed, 20) * len(LIGHTS))]
        self.size, self.seed = size, seed
        line = horizon * height
        self.sky = paint_sky(seed, size, line, light)
        self.ridges = paint_ridges(seed, size, line, light, min(0.26 * height, 0.22 * width))
        self.flat = paint_flat(seed, size, line, light, ground)
        self._shadow = soft_shadow()

    def layers(self, time: float, camera: Affine) -> list[Layer]:
        """Return sky, ridges and ground, back to front."""
        phase = 6.28 * unit(self.seed, 23)
        drift = _DRIFT * self.size[0] * math.sin(0.021 * time + phase)
        return [
            Layer(self.sky, camera @ move(drift, 0.0)),
            Layer(self.ridges, camera),
            Layer(self.flat, camera),
        ]

    def shadow(self, root: Affine, reach: float) -> Layer:
        """Return a soft shadow around a figure's ground point, `reach` of the root's units wide."""
        return Layer(self._shadow, root @ scale(reach, 0.16 * reach))


def soft_shadow() -> Sprite:
    """Return a round soft shadow of radius 1 about the origin."""
    axis = np.linspace(-1, 1, 64, dtype=np.float32)
    far = np.hypot(axis[None, :], axis[:, None])
    dark = (0.55 * np.clip(1 - far, 0, 1) ** 1.2).astype(np.float32)
    return to_sprite(np.zeros((64, 64, 3), np.float32), dark, None, Affine(2 / 63, 0, -1, 0, 2 / 63, -1))
