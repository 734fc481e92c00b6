"""The photos that the painter learns from and is shown on, each as often as it is worth."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from export.train.data import (
    PSEUDO_LABELLED,
    TRULY_LABELLED,
    Array,
    Pair,
    Photo,
    Pool,
    held_out,
    in_validation,
    read_photos,
)
from export.train.rare import BAT, REFRIGERATOR, DrawnThings, relabel


class WeightedPhotos:
    """Photos, each as likely as its weight."""

    def __init__(self, photos: Sequence[Photo], weights: npt.NDArray[np.float64]) -> None:
        """Keep the photos; the weights need not sum to one."""
        self._photos = photos
        self._cumulated = np.cumsum(weights)

    def draw(self, rng: np.random.Generator) -> Pair:
        """Give one photo as it is, with its labels."""
        place = np.searchsorted(self._cumulated, rng.random() * self._cumulated[-1], side="right")
        photo = self._photos[int(place)]
        return photo.image, photo.labels


def photo_pools(data: Path) -> list[tuple[Pool, float]]:
    """All photos that may be trained on, weighted so that rare labels are seen too."""
    photos = [
        relabel(photo)
        for folder in PSEUDO_LABELLED
        for photo in read_photos(data, folder)
        if not in_validation(photo.name)
    ]
    photos += [photo for photo in read_photos(data, TRULY_LABELLED) if not held_out(photo.name)]
    pool = WeightedPhotos(photos, _weights(photos))
    return [(pool, 0.94), (DrawnThings(pool), 0.06)]


def sample_pictures(data: Path, count: int = 48) -> tuple[Array, Array]:
    """Give validation photos, never trained on: uint8 (N, 256, 256, 3) BGR and labels (N, 256, 256)."""
    photos = [
        photo
        for folder in PSEUDO_LABELLED
        for photo in read_photos(data, folder)
        if in_validation(photo.name)
    ]
    photos = photos[:: max(1, len(photos) // count)][:count]
    images = [_square(photo.image, cv2.INTER_AREA) for photo in photos]
    labels = [_square(photo.labels, cv2.INTER_NEAREST) for photo in photos]
    return np.stack(images), np.stack(labels)


def _square(array: Array, interpolation: int) -> Array:
    h, w = array.shape[:2]
    side = min(h, w)
    top, left = (h - side) // 2, (w - side) // 2
    cut = array[top : top + side, left : left + side]
    return np.asarray(cv2.resize(cut, (256, 256), interpolation=interpolation), np.uint8)


# Pictures of one of these are what they say; of the rest of ImageNet's classes the teachers know little.
_THINGS = [*range(9), *range(15, 23), 43, 61, 62, 63, 64, 66, 71, REFRIGERATOR, BAT]
_OUTDOORS = [95, 123, 125, 134, 139, 148, 153, 154, 156, 158, 168, 177]
_TRUST = {"people": 1.0, "things": 1.0, "nature": 1.0, "rooms": 0.8, "scenes": 2.0}


def _weights(photos: Sequence[Photo]) -> npt.NDArray[np.float64]:
    counts = np.stack(
        [np.bincount(photo.labels.ravel(), minlength=256) / photo.labels.size for photo in photos]
    )
    share = counts.mean(0)
    rarity = np.minimum(40.0, 1 / np.sqrt(np.maximum(share, 1e-6)))
    rarity[255] = 0
    weights = counts @ rarity * np.array([_TRUST[photo.folder] for photo in photos])
    unsure = (counts[:, _THINGS].sum(1) < 0.08) & (counts[:, _OUTDOORS].sum(1) < 0.5)
    weights[unsure & np.array([photo.folder == "things" for photo in photos])] *= 0.15
    return np.asarray(weights, np.float64)
