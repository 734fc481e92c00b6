"""Learn a palette from frames: find their colours, and propose a label for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from engines.labels import UNLABELLED, LabelSpace
from stream.frame import Image
from stream.nets.palette.colour_table import MOST, lab_of
from stream.nets.palette.find_colours import find_colours
from stream.nets.palette.palette import TOLERANCE, Colour, LivePalette, Palette, Region
from stream.nets.palette.propose import OUTLINE, SCORE, propose
from stream.nets.palette.traits import Traits, measure

WIDEST = 320
"""Pixels of the longer side at which frames are looked at."""

SYNONYMS = {
    "sky": ("sky-other", "sky"),
    "clouds": ("clouds", "sky-other", "sky"),
    "water": ("water-other", "water"),
    "dirt": ("dirt", "ground-other", "earth", "ground"),
    "house": ("house", "building-other", "building"),
}
"""Names for a proposal in the label spaces that painters have; the first that there is counts."""


@dataclass(frozen=True)
class Learnt:
    """Hold the findings of one look at frames.

    Attributes:
        palette: the palette.
        traits: of each of its colours and of those left out, the most frequent first.
        names: the proposal for each of `traits`: a label's name, `outline` or `score`.
    """

    palette: Palette
    traits: tuple[Traits, ...]
    names: tuple[str, ...]


def learn(images: Sequence[Image], space: LabelSpace, tolerance: float = TOLERANCE) -> Learnt:
    """Learn a palette from images.

    Args:
        images: uint8 (h, w, 3) BGR each, in the order of time, evenly apart, all of one size.
        space: the painter's label space.
        tolerance: distance in CIELAB beyond which a pixel matches no colour.
    """
    small = [smaller(image) for image in images]
    traits = measure(small, find_colours(small), tolerance)
    names = [_known(name, space) for name in propose(traits)]
    colours: dict[Colour, int | None] = {}
    regions = []
    for one, name in zip(traits, names, strict=True):
        if name == SCORE:
            left, top, right, bottom = one.box
            regions.append(Region(left, top, right - left, bottom - top))
        else:
            colours[one.colour] = None if name == OUTLINE else space.id(name)
    if all(label is None for label in colours.values()):
        colours = {one.colour: UNLABELLED for one in traits}
    return Learnt(
        Palette(colours, tolerance=tolerance, leave_out=tuple(regions)), tuple(traits), tuple(names)
    )


def extended(palette: Palette, images: Sequence[Image], space: LabelSpace) -> Palette:
    """Return a palette with the colours of images besides its own, as far as there is room for them.

    Arguments as for `learn`.
    """
    known = lab_of(list(palette.colours))
    new = [
        colour
        for colour in find_colours(images)
        if np.linalg.norm(known - lab_of([colour]), axis=1).min() > palette.tolerance
    ]
    both = (*palette.colours, *new[: MOST - len(palette.colours)])
    traits = measure(images, both, palette.tolerance)
    colours = dict(palette.colours)
    for one, name in zip(traits, propose(traits), strict=True):
        if one.colour not in colours and name != SCORE:
            label = _known(name, space)
            colours[one.colour] = None if label == OUTLINE else space.id(label)
    return replace(palette, colours=colours)


def smaller(image: Image) -> Image:
    """Return an image with at most `WIDEST` pixels a side, each one of its own."""
    height, width = image.shape[:2]
    scale = min(1.0, WIDEST / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(image, size, interpolation=cv2.INTER_NEAREST_EXACT)  # type: ignore[return-value]


class AutoPalette(LivePalette):
    """Learn the palette from the first seconds of a run, while it goes on.

    Args:
        space: the painter's label space.
    """

    _LOOKS = (1, 4, 10, 20, 40)
    """Numbers of frames after which the palette is learnt anew: soon something is seen, later it is right."""

    _APART = 0.09
    """Seconds between the frames that are looked at."""

    _NEW = 0.004
    """Share of a frame that must match no colour before new colours are learnt."""

    def __init__(self, space: LabelSpace) -> None:
        super().__init__(Palette({(0, 0, 0): UNLABELLED}))
        self._space = space
        self._images: list[Image] = []
        self._last: float | None = None
        self._finished = False
        self._missed: list[Image] = []

    def look(self, image: Image, pts: float) -> None:
        """Look at a frame, if it is one of those to learn from; called by the stage that segments."""
        if self._finished or (self._last is not None and 0 <= pts - self._last < self._APART):
            return
        if self._images and smaller(image).shape != self._images[0].shape:
            self._images.clear()  # pictures of other proportions are another film
        self._images.append(smaller(image))
        self._last = pts
        if len(self._images) in self._LOOKS:
            self.palette = learn(self._images, self._space).palette
        if len(self._images) == self._LOOKS[-1]:
            self._finished = True
            self._images.clear()

    def missed(self, image: Image, pts: float, share: float) -> None:
        """Learn the colours of things that come later; the labels of those before stay as they are."""
        if not self._finished or share < self._NEW:
            return
        if self._last is not None and 0 <= pts - self._last < self._APART:
            return
        self._last = pts
        self._missed.append(smaller(image))
        if len(self._missed) < self._LOOKS[2]:
            return
        images = [one for one in self._missed if one.shape == self._missed[-1].shape]
        self._missed.clear()
        self.palette = extended(self.palette, images, self._space)


def _known(name: str, space: LabelSpace) -> str:
    """Return the name in the painter's space that stands for a proposal; `outline` if there is none."""
    for candidate in SYNONYMS.get(name, (name,)):
        if candidate in space.names:
            return candidate
    return name if name in (OUTLINE, SCORE) else OUTLINE
