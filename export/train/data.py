"""Photos with label maps, kept in memory, and the batches drawn from them."""

import re
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from engines.errors import SourceError
from export.train.augment import Augment, crop, photometric
from stream.scenes import training_pair

Array = npt.NDArray[np.uint8]
Pair = tuple[Array, Array]
DRAWN_SIZES = ((288, 288), (384, 288), (512, 288))  # (width, height)
PSEUDO_LABELLED = {
    "people": 0.07, "things": 0.11, "nature": 0.08, "rooms": 0.05, "homes": 0.19, "streets": 0.07,
    "cars": 0.06, "action": 0.10, "faces": 0.07, "land": 0.12, "animals": 0.08,
}  # fmt: skip
"""Folders whose labels teachers made (the streets' in part by hand), and each one's share of the draws: none
swamps the others, however many photos lie in it."""
TRULY_LABELLED = "scenes"  # photos labelled by hand
CLIPS = ("rooms", "streets")  # folders whose photos are frames of clips
BLOCK = 30  # frames of the streets, next to each other, that are kept or trained on together


def held_out(name: str) -> bool:
    """Whether a photo of `scenes`, named by its number, is kept from all training: 60 of the 100."""
    return zlib.crc32(Path(name).stem.encode()) % 100 >= 40


def clip_of(folder: str, name: str) -> str:
    """Return the clip that a frame was cut from (`rooms`, `hall_017` → `hall`); any other photo is its own.

    The streets are a few long drives, cut here into blocks of frames.
    """
    stem = Path(name).stem
    if folder == "rooms":
        return re.sub(r"(?<=[a-z])_\d+$", "", stem)
    if folder == "streets" and (frame := re.search(r"\d+$", stem)):
        return f"{stem[: frame.start()]}{int(frame.group()) // BLOCK}"
    return stem


def in_validation(folder: str, name: str) -> bool:
    """Tell whether a pseudo-labelled photo is kept for validation: one clip of 20, never a part of one."""
    return zlib.crc32(f"{folder}/{clip_of(folder, name)}".encode()) % 20 == 0


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo in memory: `image` uint8 (H, W, 3) BGR, `labels` uint8 (H, W), 255 = unlabelled."""

    folder: str
    name: str
    image: Array
    labels: Array


def read_photos(root: Path, folder: str) -> list[Photo]:
    """Decode all of `root/folder/photos/*.jpg` with their `labels/*.png`, ordered by name.

    Raises:
        SourceError: there are no photos, or one of them or its label map cannot be read.
    """
    photos = []
    for path in sorted((root / folder / "photos").glob("*.jpg")):
        image = cv2.imread(str(path), cv2.IMREAD_COLOR)
        labels = cv2.imread(str(root / folder / "labels" / f"{path.stem}.png"), cv2.IMREAD_UNCHANGED)
        if image is None or labels is None or image.shape[:2] != labels.shape:
            raise SourceError(f"{path} and its label map do not belong together, or cannot be read")
        photos.append(Photo(folder, path.stem, image.astype(np.uint8), labels.astype(np.uint8)))
    if not photos:
        raise SourceError(
            f"no photos in {root / folder / 'photos'}: name the folder that holds {folder}/photos"
        )
    return photos


class Pool(Protocol):
    """Pictures with known labels, of which any number can be drawn."""

    def draw(self, rng: np.random.Generator) -> Pair:
        """Give one picture uint8 (H, W, 3) BGR and its labels uint8 (H, W)."""
        ...


class PhotoPool:
    """Photos, each drawn as often as its weight says."""

    def __init__(self, photos: Sequence[Photo], weights: npt.NDArray[np.float64] | None = None) -> None:
        """Keep the photos; without weights (N,), which need not sum to one, all are equally likely."""
        self._photos = photos
        self._cumulated = np.cumsum(np.ones(len(photos)) if weights is None else weights)

    def draw(self, rng: np.random.Generator) -> Pair:
        """Draw one photo as it is, with its labels."""
        place = np.searchsorted(self._cumulated, rng.random() * self._cumulated[-1], side="right")
        photo = self._photos[int(place)]
        return photo.image, photo.labels


class DrawnPool:
    """The scenes that the project draws itself, with exact labels: some hundred frames, drawn when wanted."""

    def __init__(self, frames: int = 200) -> None:
        """Draw from `frames` different ones; drawing a frame takes longer than a step can wait."""
        self._count = frames
        self._drawn: dict[int, Pair] = {}

    def draw(self, rng: np.random.Generator) -> Pair:
        """Give one frame of a random scene, in a shape that cameras have."""
        number = int(rng.integers(self._count))
        if number not in self._drawn:
            own = np.random.default_rng(number)
            self._drawn[number] = training_pair(own, DRAWN_SIZES[number % len(DRAWN_SIZES)])
        return self._drawn[number]


@dataclass(frozen=True)
class Batches:
    """Augmented batches; the batch of a step is a pure function of the seed and the step.

    Attributes:
        pools: where pictures come from, each with its share of them.
        size: (height, width) of the pictures given.
        count: pictures in a batch.
        augment: what is done to them.
        seed: of everything random.
    """

    pools: Sequence[tuple[Pool, float]]
    size: tuple[int, int]
    count: int
    augment: Augment
    seed: int = 0

    def at(self, step: int) -> Pair:
        """Give the batch of `step`: images uint8 (N, H, W, 3) BGR, labels uint8 (N, H, W), 255 unlabelled."""
        rng = np.random.default_rng((self.seed, step))
        shares = np.array([share for _, share in self.pools])
        images, labels = [], []
        for _ in range(self.count):
            pool = self.pools[int(rng.choice(len(self.pools), p=shares / shares.sum()))][0]
            image, label = crop(*pool.draw(rng), self.size, self.augment, rng)
            images.append(photometric(image, self.augment, rng))
            labels.append(label)
        return np.stack(images), np.stack(labels)

    def ahead(self, start: int, stop: int, depth: int = 3) -> Iterator[Pair]:
        """Give the batches of steps `start` … `stop` − 1, prepared ahead on one thread."""
        with ThreadPoolExecutor(1) as worker:
            waiting = [worker.submit(self.at, step) for step in range(start, min(start + depth, stop))]
            for step in range(start + depth, stop + depth):
                batch = waiting.pop(0).result()
                if step < stop:
                    waiting.append(worker.submit(self.at, step))
                yield batch
