"""Draw endless, seeded, moving scenes with exactly known labels."""

from __future__ import annotations

import numpy as np

from stream.frame import Image
from stream.scenes.affine import WidthHeight
from stream.scenes.arcade import Arcade
from stream.scenes.drawn import Drawn, Scene
from stream.scenes.duel import Duel
from stream.scenes.room import Room
from stream.scenes.sprite import Layer, Sprite
from stream.scenes.street import Street
from stream.scenes.wild import Meadow, Winter

_LIFELIKE: tuple[type[Scene], ...] = (Duel, Street, Room, Meadow, Winter)

_ALL: tuple[type[Scene], ...] = (*_LIFELIKE, Arcade)

SCENES: dict[str, type[Scene]] = {scene.name: scene for scene in _ALL}
"""Every scene by its name in `scene://NAME`."""


def training_pair(rng: np.random.Generator, size: WidthHeight) -> tuple[Image, Image]:
    """Draw one frame of a random scene, seed and time; never of the arcade, which no photo looks like.

    Args:
        rng: the random generator.
        size: (width, height).

    Returns:
        image uint8 (H, W, 3) BGR and labels uint8 (H, W), COCO-Stuff ids.
    """
    scene = _LIFELIKE[rng.integers(len(_LIFELIKE))]
    drawn = scene(int(rng.integers(1 << 31)), size).at(int(rng.integers(100_000)))
    return drawn.image, drawn.labels


__all__ = ["SCENES", "Drawn", "Layer", "Scene", "Sprite", "training_pair"]
