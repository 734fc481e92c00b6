"""Choose the photos that both nets are trained and evaluated on, and how often each is drawn."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from export.train.data import (
    PSEUDO_LABELLED,
    TRULY_LABELLED,
    Array,
    Photo,
    PhotoPool,
    Pool,
    in_validation,
    learns,
    read_photos,
    square,
)
from export.train.drawn_things import BAT, REFRIGERATOR


def learnt_photos(data: Path, labels: Path) -> dict[str, list[Photo]]:
    """Read all photos for training, by the name of their folder.

    Args:
        data: folder of the photos.
        labels: folder of the label maps that `prepare_labels` wrote.
    """
    learnt = _pseudo_labelled(data, labels, validation=False)
    learnt[TRULY_LABELLED] = read_photos(data, TRULY_LABELLED, learns)
    return learnt


def photo_pools(learnt: Mapping[str, Sequence[Photo]], true: float) -> list[tuple[Pool, float]]:
    """Return a pool of each folder with its share of the draws; photos with rare labels are drawn more often.

    Args:
        learnt: photos by folder, as `learnt_photos` reads them.
        true: the share of the photos labelled by hand; all shares sum to 1.
    """
    shares = {folder: share * (1 - true) for folder, share in PSEUDO_LABELLED.items()} | {
        TRULY_LABELLED: true
    }
    label_shares = {folder: _label_shares(photos) for folder, photos in learnt.items()}
    rarity = _rarity(np.concatenate(list(label_shares.values())))
    return [
        (PhotoPool(photos, _weights(label_shares[folder], rarity, folder)), shares[folder])
        for folder, photos in learnt.items()
    ]


def validation_photos(data: Path, labels: Path) -> dict[str, list[Photo]]:
    """Read the pseudo-labelled photos for validation, by folder, as `learnt_photos` does."""
    return _pseudo_labelled(data, labels, validation=True)


def sample_pictures(data: Path, labels: Path, count: int = 48) -> tuple[Array, Array]:
    """Return validation photos of all folders: uint8 (N, 256, 256, 3) BGR and labels (N, 256, 256)."""
    chosen: list[Photo] = []
    for folder, photos in validation_photos(data, labels).items():
        wanted = max(2, round(count * PSEUDO_LABELLED[folder]))
        chosen += photos[:: max(1, len(photos) // wanted)][:wanted]
    images = [square(photo.image, 256, cv2.INTER_AREA) for photo in chosen]
    label_maps = [square(photo.labels, 256, cv2.INTER_NEAREST) for photo in chosen]
    return np.stack(images), np.stack(label_maps)


def _pseudo_labelled(data: Path, labels: Path, *, validation: bool) -> dict[str, list[Photo]]:
    """Read the photos of one side of the split; those of the other side are not decoded."""

    def wanted(folder: str) -> Callable[[str], bool]:
        return lambda name: in_validation(folder, name) == validation

    return {folder: read_photos(data, folder, wanted(folder), labels) for folder in PSEUDO_LABELLED}


# The teachers label these reliably; they know little of the rest of ImageNet's classes.
_THINGS = [*range(9), *range(15, 23), 43, 61, 62, 63, 64, 66, 71, REFRIGERATOR, BAT]
_OUTDOORS = [95, 123, 125, 134, 139, 148, 153, 154, 156, 158, 168, 177]


def _label_shares(photos: Sequence[Photo]) -> npt.NDArray[np.float64]:
    """Return each label's share of each photo's pixels: float (photos, 256)."""
    return np.stack(
        [np.bincount(photo.labels.ravel(), minlength=256) / photo.labels.size for photo in photos]
    )


def _rarity(label_shares: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return a pixel's weight for each label: float (256,), the root of the label's rarity, at most 40."""
    rarity = np.minimum(40.0, 1 / np.sqrt(np.maximum(label_shares.mean(0), 1e-6)))
    rarity[255] = 0
    return np.asarray(rarity, np.float64)


def _weights(
    label_shares: npt.NDArray[np.float64], rarity: npt.NDArray[np.float64], folder: str
) -> npt.NDArray[np.float64]:
    """Return the weight of each photo of a folder in its draws: float (photos,)."""
    weights = label_shares @ rarity
    if folder == "things":
        unsure = (label_shares[:, _THINGS].sum(1) < 0.08) & (label_shares[:, _OUTDOORS].sum(1) < 0.5)
        weights[unsure] *= 0.15
    return np.asarray(weights, np.float64)
