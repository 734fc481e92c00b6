"""Draw the colours of a palette on a sheet: each with its share, its label and its place in the frame."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from neteyes.palettes.palette_text import words_of_traits
from stream.frame import Image
from stream.nets.palette.colour_table import ColourTable
from stream.nets.palette.learn import Learnt
from stream.nets.palette.palette import hex_of
from stream.views.text import put_text

_PAPER, _INK, _DIM = (250, 250, 250), (30, 30, 30), (130, 130, 130)
_ROW, _THUMB, _WIDTH = 96, 150, 620


def draw_palette(learnt: Learnt, images: Sequence[Image]) -> Image:
    """Return the sheet, uint8 (H, W, 3) BGR.

    Args:
        learnt: colours, traits and proposals.
        images: the frames that it was learnt from, uint8 (h, w, 3) BGR each; the middle one is drawn.
    """
    image = images[len(images) // 2]
    colours = [one.colour for one in learnt.traits]
    places = ColourTable(colours, tolerance=learnt.palette.tolerance, slack=0).match(image).nearest
    columns = 1 if len(colours) <= 10 else 2
    rows = -(-len(colours) // columns)
    picture = _scaled(image, columns * _WIDTH - 40)
    top = picture.shape[0] + 60
    sheet = np.full((top + rows * _ROW + 20, columns * _WIDTH, 3), _PAPER, np.uint8)
    sheet[20 : 20 + picture.shape[0], 20 : 20 + picture.shape[1]] = picture
    for number, (one, name) in enumerate(zip(learnt.traits, learnt.names, strict=True)):
        left, upper = 20 + _WIDTH * (number // rows), top + _ROW * (number % rows)
        cv2.rectangle(sheet, (left, upper), (left + 80, upper + _ROW - 16), one.colour, -1)
        cv2.rectangle(sheet, (left, upper), (left + 80, upper + _ROW - 16), _DIM, 1)
        put_text(sheet, name, left + 100, upper + 30, 26, _INK)
        put_text(sheet, f"{hex_of(one.colour)}   {words_of_traits(one)}", left + 100, upper + 62, 18, _DIM)
        thumb = _scaled(
            np.where((places == number)[..., None], np.array(one.colour, np.uint8), np.uint8(232)), _THUMB
        )
        thumb = thumb[: _ROW - 12]
        x = left + _WIDTH - 50 - _THUMB
        sheet[upper : upper + thumb.shape[0], x : x + _THUMB] = thumb
        cv2.rectangle(sheet, (x, upper), (x + _THUMB - 1, upper + thumb.shape[0] - 1), _DIM, 1)
    return sheet


def _scaled(image: Image, width: int) -> Image:
    height = max(1, round(image.shape[0] * width / image.shape[1]))
    kind = cv2.INTER_NEAREST if width >= image.shape[1] else cv2.INTER_AREA
    return cv2.resize(image, (width, height), interpolation=kind)  # type: ignore[return-value]
