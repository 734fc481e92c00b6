"""Swap a shape's label, paint it, and test whether an ImageNet net recognises that kind of thing."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from engines.labels import LabelSpace
from stream.frame import Image

THINGS = 91  # COCO-Stuff's ids up to this one are things, the rest is stuff
LEAST, MOST = 0.06, 0.6  # share of a picture that a shape fills
MARGIN = 0.12  # around the shape, as a share of its size


class LabelShape(NamedTuple):
    """A thing in a label map: its pixels, bool (H, W), and the square around it."""

    mask: Image
    top: int
    left: int
    side: int

    def swapped(self, labels: Image, label: int) -> Image:
        """Return labels (H, W) with another label at this shape's pixels."""
        return np.where(self.mask, np.uint8(label), labels)

    def cut(self, picture: Image) -> Image:
        """Return the square around the shape, as far as the picture (H, W, 3) reaches."""
        return picture[max(0, self.top) : self.top + self.side, max(0, self.left) : self.left + self.side]


@cache
def kinds() -> Mapping[int, frozenset[int]]:
    """Return the id of a COCO-Stuff label → ImageNet's classes of that kind."""
    coco = LabelSpace.load("coco-stuff")
    table = tomllib.loads((Path(__file__).parent / "imagenet_kinds.toml").read_text(encoding="utf-8"))
    return {coco.id(name): frozenset(_classes(entry)) for name, entry in table.items()}


def largest_shape(labels: Image) -> LabelShape | None:
    """Find the largest connected thing of a label map uint8 (H, W) that is not tiny and not everything."""
    best: LabelShape | None = None
    for label in np.unique(labels[labels <= THINGS]):
        count, parts, stats, _ = cv2.connectedComponentsWithStats((labels == label).astype(np.uint8))
        for part in range(1, count):
            left, top, width, height, area = (int(value) for value in stats[part])
            if not LEAST <= area / labels.size <= MOST or (best and best.mask.sum() >= area):
                continue
            side = round(max(width, height) * (1 + 2 * MARGIN))
            middle = top + height // 2, left + width // 2
            best = LabelShape(parts == part, middle[0] - side // 2, middle[1] - side // 2, side)
    return best


def _classes(entries: list[int | dict[str, int]]) -> list[int]:
    classes: list[int] = []
    for entry in entries:
        classes += [entry] if isinstance(entry, int) else range(entry["from"], entry["to"] + 1)
    return classes
