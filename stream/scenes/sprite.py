"""The elements of a drawing: painted parts, their maps to the frame, and their shadows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from stream.frame import Image
from stream.scenes.affine import Affine


@dataclass(frozen=True, eq=False)
class Sprite:
    """A rigid part, painted once.

    Attributes:
        pixels: uint8 (h, w, 4): BGR multiplied by its cover, then the transparency, 255 if fully transparent.
            Four channels, since OpenCV warps them in less than half the time of three.
        label: one id, or uint8 (h, w) ids, or None for a shadow, which darkens and keeps the labels below.
        place: the map from the sprite's pixels to the part's own units.
        solid: whether it reaches beyond the frame and hides all behind it; its fourth channel is ignored.
    """

    pixels: Image
    label: int | Image | None
    place: Affine
    solid: bool = False


class Layer(NamedTuple):
    """A sprite and the map from its units to frame coordinates (pixel i spans i to i + 1)."""

    sprite: Sprite
    pose: Affine


class Shadow(NamedTuple):
    """The shadow of several sprites: their outlines, laid on the ground and softened.

    It only darkens: labels and motion stay those of the surface.

    Attributes:
        casters: the sprites, posed as they lie on the ground.
        strength: share of the light that it takes where it is deepest, 0–1.
        blur: standard deviation of its soft rim, in pixels.
    """

    casters: tuple[Layer, ...]
    strength: float
    blur: float
