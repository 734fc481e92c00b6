"""Repair labels that the teachers got wrong, by the content that a photo's folder and name state.

Each repair changes only labels that contradict the name: a bear photo holds a bear, a dune is sand.
"""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from export.train.data import Photo

Array = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

PERSON, BEAR, SAND, SNOW = 0, 22, 153, 158
BUILDING, WALL, FLOOR, CEILING, PAVEMENT, GROUND = 95, 172, 114, 101, 139, 125
SKY, GRASS, TREE, MOUNTAIN = 156, 123, 168, 134
ANIMALS = (15, 16, 17, 18, 19, 20)
_GROUNDS = (FLOOR, GRASS, GROUND, MOUNTAIN, PAVEMENT, 148, 154, WALL, 177)
_INDOORS = (FLOOR, WALL, CEILING, 61, 62, 64, 66, 97, 108, 111, 132, 155, 180)
_BEARS = ("brown_bear", "American_black_bear", "ice_bear", "sloth_bear")
_SNOWY = (
    "ice_bear", "snowmobile", "snowplow", "ski", "dogsled", "alp", "Eskimo_dog", "malamute", "Arctic_fox",
    "bobsled", "Siberian_husky", "Samoyed", "white_wolf", "timber_wolf", "ptarmigan", "snow_leopard",
)  # fmt: skip
_SANDY = (
    "seashore", "sandbar", "Arabian_camel", "promontory", "loggerhead", "leatherback_turtle", "sea_lion",
    "fiddler_crab", "conch", "redshank", "oystercatcher", "swimming_trunks", "bikini", "jeep",
)  # fmt: skip


def repair(photo: Photo) -> Photo:
    """Return the photo with its labels repaired, as its folder and its name allow."""
    labels = photo.labels.copy()
    for mend in _repairs(photo):
        mend(photo.image, labels)
    return replace(photo, labels=labels)


def _repairs(photo: Photo) -> list[Callable[[Array, Array], None]]:
    match photo.folder, photo.name.split("_", 1):
        case "animals", ["grizzly" | "black", *_]:
            return [_name_bear, _name_wilderness]
        case "homes", ["house", *_]:
            return [_name_house_front]
        case "land", ["scene", *_]:
            return [_name_snow_peaks, _drop_rooms, _name_dunes]
        case "things", [_, kind]:
            return [
                *([_name_animals_bear] if kind in _BEARS else []),
                *([_name_snow] if kind in _SNOWY else []),
                *([_name_sand] if kind in _SANDY else []),
            ]
    return []


def _name_animals_bear(image: Array, labels: Array) -> None:
    labels[np.isin(labels, ANIMALS)] = BEAR


def _name_bear(image: Array, labels: Array) -> None:
    """Give the bear its whole outline: GrabCut (Rother et al., SIGGRAPH 2004) from the labelled pixels."""
    named = np.isin(labels, (BEAR, PERSON, *ANIMALS))
    if named.mean() < 0.01:
        return
    side = max(3, round(min(labels.shape) * 0.04) | 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    closed = cv2.morphologyEx(named.astype(np.uint8), cv2.MORPH_CLOSE, kernel, iterations=2)
    sure = cv2.erode(named.astype(np.uint8), kernel)
    near = cv2.dilate(closed, kernel, iterations=2)
    trimap = np.full(labels.shape, cv2.GC_BGD, np.uint8)
    trimap[near > 0] = cv2.GC_PR_BGD
    trimap[closed > 0] = cv2.GC_PR_FGD
    trimap[sure > 0] = cv2.GC_FGD
    if not (trimap == cv2.GC_BGD).any() or not (sure > 0).any():
        bear = closed > 0
    else:
        models = np.zeros((1, 65)), np.zeros((1, 65))
        cut, *_ = cv2.grabCut(image, trimap, (0, 0, 1, 1), *models, 3, cv2.GC_INIT_WITH_MASK)
        bear = np.isin(cut, (cv2.GC_FGD, cv2.GC_PR_FGD))
        if not 0.5 < bear.sum() / max(1, closed.sum()) < 1.6:  # GrabCut failed: too small or too large
            bear = closed > 0
    labels[named & ~bear] = 255
    labels[bear] = BEAR


def _name_wilderness(image: Array, labels: Array) -> None:
    """Replace indoor labels behind a bear: green is tree or grass, the rest ground or unknown."""
    inside = np.isin(labels, _INDOORS)
    hue, saturation, _ = _hsv(image)
    green = (hue > 30) & (hue < 90) & (saturation > 50)
    below = np.arange(len(labels))[:, None] > len(labels) * 0.6
    labels[inside] = 255
    labels[inside & green & below] = GRASS
    labels[inside & green & ~below] = TREE
    labels[inside & ~green & below] = GROUND


def _name_house_front(image: Array, labels: Array) -> None:
    labels[np.isin(labels, (WALL, CEILING))] = BUILDING
    labels[labels == FLOOR] = PAVEMENT


def _drop_rooms(image: Array, labels: Array) -> None:
    """Clear labels that no landscape has: rooms, and large animals, which really are dunes or waves."""
    labels[np.isin(labels, (*_INDOORS, 65, 71))] = 255
    animal = np.isin(labels, ANIMALS)
    if animal.mean() > 0.03:
        labels[animal] = 255


def _name_snow_peaks(image: Array, labels: Array) -> None:
    """Label the white parts of mountains and grounds as snow."""
    _, saturation, value = _hsv(image)
    white = np.isin(labels, (MOUNTAIN, GROUND, WALL, FLOOR)) & (saturation < 60) & (value > 165)
    labels[_opened(white)] = SNOW


def _name_dunes(image: Array, labels: Array) -> None:
    """Label the smooth, sandy grounds of a landscape with hardly a tree or a house as sand."""
    seen = np.bincount(labels.ravel(), minlength=256) / labels.size
    if seen[[TREE, GRASS, BUILDING, 141]].sum() > 0.12:
        return
    hue, saturation, value = _hsv(image)
    sandy = (hue > 4) & (hue < 24) & (saturation > 45) & (value > 90)
    grounds = np.isin(labels, (GROUND, MOUNTAIN, 148, 255))
    low = np.arange(len(labels))[:, None] > len(labels) * 0.25
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.float32)
    rough = cv2.blur((grey - cv2.blur(grey, (9, 9))) ** 2, (25, 25)) > 350  # rocks, not dunes
    sand = _opened(sandy & grounds & low & ~rough)
    if sand.mean() > 0.15:
        labels[sand] = SAND


def _name_snow(image: Array, labels: Array) -> None:
    _, saturation, value = _hsv(image)
    labels[np.isin(labels, _GROUNDS) & (saturation < 70) & (value > 130)] = SNOW


def _name_sand(image: Array, labels: Array) -> None:
    hue, saturation, value = _hsv(image)
    labels[np.isin(labels, _GROUNDS) & (hue < 30) & (saturation > 20) & (value > 110)] = SAND


def _hsv(image: Array) -> tuple[Array, Array, Array]:
    hsv = np.asarray(cv2.cvtColor(cv2.GaussianBlur(image, (0, 0), 2), cv2.COLOR_BGR2HSV), np.uint8)
    return hsv[..., 0], hsv[..., 1], hsv[..., 2]


def _opened(mask: Mask) -> Mask:
    """Remove the specks of a mask."""
    return np.asarray(cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)) > 0)
