"""List the arcade's colours; each stands for one label, so a table from colour to label is exact."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from engines.labels import UNLABELLED
from stream.frame import Image
from stream.scenes.coco_ids import Label

CLEAR = 255
"""The number in a picture of the game where it is transparent; all others are of `Ink`."""


class Ink(IntEnum):
    """Colours by their numbers, as the pictures of the game hold them."""

    SKY = 0
    PALE_SKY = 1
    CLOUD = 2
    MOUNTAIN = 3
    MOUNTAIN_SHADE = 4
    HILL = 5
    LEAVES = 6
    TRUNK = 7
    GRASS = 8
    DIRT = 9
    DARK_DIRT = 10
    WATER = 11
    BRICK = 12
    MORTAR = 13
    PLASTER = 14
    FENCE = 15
    SKIN = 16
    SHIRT = 17
    HAIR = 18
    SHEEP = 19
    BEAR = 20
    BIRD = 21
    SCORE = 22


_TABLE: tuple[tuple[Ink, str, Label | None], ...] = (
    (Ink.SKY, "#4f8fef", Label.SKY_OTHER),
    (Ink.PALE_SKY, "#8fc7ff", Label.SKY_OTHER),
    (Ink.CLOUD, "#cfe0f4", Label.CLOUDS),
    (Ink.MOUNTAIN, "#9a8fc0", Label.MOUNTAIN),
    (Ink.MOUNTAIN_SHADE, "#7468a0", Label.MOUNTAIN),
    (Ink.HILL, "#5fae8b", Label.GRASS),
    (Ink.LEAVES, "#1e7038", Label.TREE),
    (Ink.TRUNK, "#4f4020", Label.TREE),
    (Ink.GRASS, "#63c132", Label.GRASS),
    (Ink.DIRT, "#b5733f", Label.DIRT),
    (Ink.DARK_DIRT, "#8f5530", Label.DIRT),
    (Ink.WATER, "#1d46b8", Label.WATER_OTHER),
    (Ink.BRICK, "#b23a2e", Label.HOUSE),
    (Ink.MORTAR, "#7a2226", Label.HOUSE),
    (Ink.PLASTER, "#f6e2b0", Label.HOUSE),
    (Ink.FENCE, "#8a4468", Label.FENCE),
    (Ink.SKIN, "#f5b58c", Label.PERSON),
    (Ink.SHIRT, "#f0304c", Label.PERSON),
    (Ink.HAIR, "#35164f", Label.PERSON),
    (Ink.SHEEP, "#f8dce2", Label.SHEEP),
    (Ink.BEAR, "#3a2012", Label.BEAR),
    (Ink.BIRD, "#ffb400", Label.BIRD),
    (Ink.SCORE, "#ffffff", None),
)

ARCADE_COLOURS: tuple[tuple[str, str | None], ...] = tuple(
    (colour, None if label is None else label.name.lower().replace("_", "-")) for _, colour, label in _TABLE
)
"""Each colour as `#rrggbb` and the COCO-Stuff name of its label; None for the score's, which has no label."""


def _bgr(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (5, 3, 1)]


BGR: Image = np.array([_bgr(colour) for _, colour, _ in _TABLE], np.uint8)
"""uint8 (colours, 3): the colour of each `Ink`."""

LABELS: Image = np.array([UNLABELLED if label is None else label for _, _, label in _TABLE], np.uint8)
"""uint8 (colours,): the label of each `Ink`, a COCO-Stuff id, or 255 without one."""
