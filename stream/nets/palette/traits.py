"""Measure traits of a palette's colours in frames: where each is, how much there is of it, how it moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from stream.frame import Image
from stream.nets.palette.clean import Mask
from stream.nets.palette.colour_table import NONE, ColourTable, lab_of
from stream.nets.palette.palette import Colour

Floats = npt.NDArray[np.float64]

_FARTHEST = 48
"""Pixels that a colour may have moved from a frame to the next one."""


@dataclass(frozen=True)
class Traits:
    """Hold the traits of one colour.

    Attributes:
        colour: the colour.
        lightness: 0–100, of CIELAB.
        chroma: of CIELAB; below about 12 it looks grey.
        hue: degrees, of CIELAB: about 40 is red, 70 orange, 100 yellow, 140 green, 280 blue, 320 violet.
        share: share of all pixels.
        row: mean row, 0 above – 1 below.
        top: share of the topmost rows, a tenth of all, that has this colour.
        bottom: the same of the lowest rows.
        width: mean width of its box in a frame, 0–1.
        height: mean height of its box, 0–1.
        column: median column, 0–1.
        speed: pixels to the right from frame to frame, median.
        changes: share of its pixels that are others in the next frame, however far it moved.
        above: share of its lower edges under which there is each colour, by its place in the palette.
        box: left, top, right, bottom of all its pixels, 0–1.
    """

    colour: Colour
    lightness: float
    chroma: float
    hue: float
    share: float
    row: float
    top: float
    bottom: float
    width: float
    height: float
    column: float
    speed: float
    changes: float
    above: Floats
    box: tuple[float, float, float, float]


def measure(images: Sequence[Image], colours: Sequence[Colour], tolerance: float) -> list[Traits]:
    """Return the traits of colours that occur in images.

    Args:
        images: uint8 (h, w, 3) BGR each, all of one size, in the order of time.
        colours: of a palette.
        tolerance: distance in CIELAB beyond which a pixel has none of them.
    """
    table = ColourTable(colours, tolerance=tolerance, slack=0)
    maps = np.stack([table.match(image).nearest for image in images])
    lab = lab_of(colours)
    return [
        _traits(colour, lab[place], maps == place, maps)
        for place, colour in enumerate(colours)
        if (maps == place).any()
    ]


def scroll_of(traits: Sequence[Traits]) -> float:
    """Return the pixels by which most of the scene moves from frame to frame, to the right."""
    large = [one for one in traits if one.share > 0.01 and one.width > 0.5 and one.bottom > one.top]
    if not large:
        return 0.0
    return max((one.speed for one in large), key=abs)


def _traits(colour: Colour, lab: npt.NDArray[np.float32], masks: Mask, maps: Image) -> Traits:
    _, height, width = masks.shape
    _, rows, columns = np.nonzero(masks)
    edge = max(1, height // 10)
    boxes = [_box(mask) for mask in masks if mask.any()]
    shifts, changes = [], []
    for before, after in pairwise(masks):
        if before.any() and after.any():
            shift, change = _shift(before, after)
            shifts.append(shift)
            changes.append(change)
    lower = masks[:, :-1] & ~masks[:, 1:]
    under = np.bincount(maps[:, 1:][lower], minlength=NONE + 1)[:NONE].astype(np.float64)
    lightness, a, b = (float(value) for value in lab)
    return Traits(
        colour,
        lightness,
        float(np.hypot(a, b)),
        float(np.degrees(np.arctan2(b, a)) % 360),
        len(rows) / masks.size,
        float(rows.mean()) / height,
        float(masks[:, :edge].mean()),
        float(masks[:, -edge:].mean()),
        float(np.mean([right - left for left, _, right, _ in boxes])) / width,
        float(np.mean([bottom - top for _, top, _, bottom in boxes])) / height,
        float(np.median(columns)) / width,
        float(np.median(shifts)) if shifts else 0.0,
        float(np.median(changes)) if changes else 0.0,
        under / max(1, under.sum()),
        (
            float(columns.min()) / width,
            float(rows.min()) / height,
            float(columns.max() + 1) / width,
            float(rows.max() + 1) / height,
        ),
    )


def _box(mask: Mask) -> tuple[int, int, int, int]:
    """Return left, top, right, bottom of a mask's pixels; a twentieth on each side does not count."""
    rows, columns = np.nonzero(mask)
    left, right = np.percentile(columns, (5, 95))
    top, bottom = np.percentile(rows, (5, 95))
    return int(left), int(top), int(right) + 1, int(bottom) + 1


def _shift(before: Mask, after: Mask) -> tuple[int, float]:
    """Return how far a mask moved to the right, and the share of it that changed besides."""
    profiles = [mask.sum(0).astype(np.float64) for mask in (before, after)]
    size = 2 * len(profiles[0])
    spectra = [np.fft.rfft(profile - profile.mean(), size) for profile in profiles]
    match = np.fft.irfft(spectra[1] * spectra[0].conj(), size)
    reach = np.arange(-_FARTHEST, _FARTHEST + 1)
    shift = int(reach[match[reach].argmax()])
    moved = np.zeros_like(before)
    if shift >= 0:
        moved[:, shift:] = before[:, : before.shape[1] - shift]
    else:
        moved[:, :shift] = before[:, -shift:]
    return shift, float((moved ^ after).sum() / max(1, (moved | after).sum()))
