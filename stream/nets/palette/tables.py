"""Make the tables by which a palette's colours become labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from engines.labels import UNLABELLED
from stream.frame import Image
from stream.nets.palette.colour_table import NONE, ColourTable
from stream.nets.palette.palette import Palette

SLACK = 8.0
"""Distance in CIELAB by which a pixel's last colour may be farther and is kept, at steadiness 1."""


@dataclass(frozen=True)
class Tables:
    """Hold the tables of one palette at one steadiness; making them takes a tenth of a second.

    Attributes:
        palette: the palette.
        steadiness: 0–1.
        colours: any colour → the place of the palette's nearest one.
        labels: uint8 (256,), a place → its label, as `cv2.LUT` takes it.
        blank: uint8 (256,), 1 where a place has no label of its own, and takes that of its neighbours.
    """

    palette: Palette
    steadiness: float
    colours: ColourTable
    labels: Image
    blank: Image

    @classmethod
    def of(cls, palette: Palette, steadiness: float, made: Self | None = None) -> Self:
        """Return the tables; those already `made` are used again as far as they fit."""
        if made and made.palette is palette and made.steadiness == steadiness:
            return made
        slack = SLACK * steadiness
        colours = list(palette.colours)
        if made and made._key == (colours, palette.tolerance, steadiness):
            table = made.colours
        else:
            table = ColourTable(colours, tolerance=palette.tolerance, slack=slack)
        labels, blank = np.full(256, UNLABELLED, np.uint8), np.zeros(256, np.uint8)
        own = list(palette.colours.values())
        labels[: len(own)] = [UNLABELLED if label is None else label for label in own]
        blank[: len(own)] = [label is None for label in own]
        if palette.default is None:
            blank[NONE] = 1
        else:
            labels[NONE] = palette.default
        return cls(palette, steadiness, table, labels, blank)

    @property
    def _key(self) -> tuple[object, ...]:
        return list(self.palette.colours), self.palette.tolerance, self.steadiness
