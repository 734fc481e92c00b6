"""Choose a colour for each label: similar things have similar colours, the same in every label space.

Each group of labels has a box of OKLCH, the perceptual space of lightness, chroma and hue (Björn Ottosson,
"A perceptual color space for image processing", 2020). A low-discrepancy sequence spreads its members over
the box, so that neighbours in the list differ; the first member is in the middle.
The conversion is our own, because OpenCV has CIELAB but no Oklab.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engines.labels import UNLABELLED, LabelSpace
from stream.frame import Image

UNLABELLED_BGR = (48, 42, 40)


class Group(NamedTuple):
    """Represent a box of OKLCH (lightness 0–1, chroma, hue in degrees) and the labels with colours in it."""

    lightness: tuple[float, float]
    chroma: tuple[float, float]
    hue: tuple[float, float]
    members: str


GROUPS = (
    Group((0.69, 0.69), (0.18, 0.18), (33, 33), "person"),
    Group(
        (0.52, 0.74),
        (0.10, 0.17),
        (345, 372),
        "clothes, hat, backpack, umbrella, shoe, eye glasses, handbag, tie, suitcase",
    ),
    Group(
        (0.48, 0.72),
        (0.12, 0.19),
        (255, 285),
        "car, bus, truck, train, bicycle, motorcycle, airplane, boat, aeroplane, motorbike",
    ),
    Group(
        (0.68, 0.86),
        (0.12, 0.17),
        (82, 104),
        "street sign, traffic light, fire hydrant, stop sign, parking meter, bench, banner, light",
    ),
    Group(
        (0.62, 0.80),
        (0.12, 0.17),
        (55, 80),
        "dog, cat, horse, bird, sheep, cow, elephant, bear, zebra, giraffe, teddy bear",
    ),
    Group(
        (0.60, 0.84),
        (0.12, 0.18),
        (108, 126),
        "sports ball, skateboard, skis, snowboard, frisbee, kite, baseball bat, baseball glove, surfboard,"
        " tennis racket, net, tent",
    ),
    Group(
        (0.66, 0.84),
        (0.05, 0.09),
        (176, 204),
        "bottle, cup, wine glass, plate, bowl, fork, knife, spoon, vase, napkin, scissors, toothbrush,"
        " hair drier, hair brush, clock",
    ),
    Group(
        (0.58, 0.78),
        (0.10, 0.15),
        (18, 62),
        "food-other, pizza, apple, banana, orange, sandwich, broccoli, carrot, hot dog, donut, cake, fruit,"
        " salad, vegetable",
    ),
    Group(
        (0.42, 0.72),
        (0.06, 0.11),
        (42, 74),
        "table, chair, couch, bed, dining table, desk, desk-stuff, cabinet, cupboard, shelf, counter,"
        " furniture-other, toilet, sink, stairs, railing, wood, cardboard, diningtable, sofa",
    ),
    Group(
        (0.46, 0.70),
        (0.10, 0.16),
        (292, 318),
        "tv, laptop, cell phone, keyboard, mouse, remote, microwave, oven, toaster, refrigerator, blender,"
        " tvmonitor",
    ),
    Group(
        (0.46, 0.68),
        (0.09, 0.15),
        (134, 156),
        "tree, bush, plant-other, leaves, branch, moss, potted plant, flower, pottedplant",
    ),
    Group((0.70, 0.82), (0.12, 0.16), (120, 136), "grass, playingfield, straw"),
    Group(
        (0.64, 0.84),
        (0.04, 0.08),
        (70, 94),
        "sand, dirt, ground-other, mud, gravel, platform, bridge, cage",
    ),
    Group((0.46, 0.72), (0.04, 0.09), (292, 336), "mountain, rock, hill, stone"),
    Group((0.80, 0.84), (0.075, 0.09), (230, 240), "sky-other"),
    Group((0.90, 0.96), (0.012, 0.03), (225, 265), "clouds, fog, snow"),
    Group((0.54, 0.70), (0.09, 0.12), (205, 230), "water-other, sea, river, waterdrops"),
    Group(
        (0.52, 0.72),
        (0.05, 0.10),
        (14, 42),
        "building-other, house, skyscraper, roof, structural-other, fence, wall-brick, railroad",
    ),
    Group(
        (0.76, 0.88),
        (0.03, 0.06),
        (66, 106),
        "wall-other, wall-concrete, wall-panel, wall-tile, wall-wood, wall-stone, solid-other",
    ),
    Group(
        (0.54, 0.68),
        (0.035, 0.065),
        (50, 84),
        "floor-other, floor-wood, floor-tile, floor-marble, floor-stone",
    ),
    Group((0.86, 0.93), (0.01, 0.03), (80, 140), "ceiling-other, ceiling-tile"),
    Group((0.44, 0.60), (0.015, 0.035), (250, 300), "road, pavement, metal"),
    Group(
        (0.56, 0.78),
        (0.05, 0.10),
        (352, 378),
        "curtain, carpet, rug, textile-other, cloth, blanket, towel, pillow, mat, window-blind",
    ),
    Group((0.74, 0.86), (0.05, 0.08), (198, 222), "window-other, window, mirror-stuff, mirror"),
    Group((0.38, 0.44), (0.07, 0.09), (18, 36), "door-stuff, door"),
    Group((0.66, 0.84), (0.03, 0.07), (300, 340), "book, paper, plastic"),
    Group((0.38, 0.38), (0.01, 0.01), (270, 270), "background"),
)
OTHERS = Group((0.45, 0.85), (0.06, 0.14), (0, 360), "")


@cache
def palette(space: LabelSpace) -> Image:
    """Return the colours of a label space, uint8 (256, 3) BGR; ids outside the space are dark grey."""
    colours = np.empty((256, 3), np.uint8)
    colours[:] = UNLABELLED_BGR
    named, strangers = _named(), 0
    for label, name in enumerate(space.names[:UNLABELLED]):
        if name in named:
            colours[label] = named[name]
        else:
            colours[label] = _spread(OTHERS, strangers)
            strangers += 1
    colours.setflags(write=False)
    return colours


@cache
def _named() -> dict[str, tuple[int, int, int]]:
    colours = {}
    for group in GROUPS:
        for place, name in enumerate(group.members.split(", ")):
            colours[name] = _spread(group, place)
    return colours


def _spread(group: Group, place: int) -> tuple[int, int, int]:
    # Roberts' R3 sequence: multiples of the powers of 1/g, with g⁴ = g + 1, fill a cube evenly.
    g = 1.2207440846057596
    low, high = np.array(group[:3]).T
    share = (0.5 + place * g ** -np.arange(1.0, 4.0)) % 1
    lightness, chroma, hue = low + (high - low) * share
    return bgr_from_oklch(lightness, chroma, hue)


def bgr_from_oklch(lightness: float, chroma: float, hue: float) -> tuple[int, int, int]:
    """Return an OKLCH colour as 8-bit sRGB (blue, green, red), clipped to the gamut of sRGB.

    Args:
        lightness: 0 (black) to 1 (white).
        chroma: 0 (grey) to about 0.3.
        hue: degrees; 30 is red, 140 green, 260 blue.
    """
    angle = np.deg2rad(hue)
    oklab = np.array([lightness, chroma * np.cos(angle), chroma * np.sin(angle)])
    linear = _RGB_FROM_LMS @ (_LMS_FROM_OKLAB @ oklab) ** 3
    linear = np.clip(linear, 0, 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    red, green, blue = (int(value) for value in np.rint(255 * encoded))
    return blue, green, red


Matrix = npt.NDArray[np.float64]

# The two matrices of Ottosson's article, sections "Converting from linear sRGB to Oklab".
_LMS_FROM_OKLAB: Matrix = np.array(
    [
        [1.0, 0.3963377774, 0.2158037573],
        [1.0, -0.1055613458, -0.0638541728],
        [1.0, -0.0894841775, -1.2914855480],
    ]
)
_RGB_FROM_LMS: Matrix = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)
