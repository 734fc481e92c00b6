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
PSEUDO_LABELLED = ("people", "things", "nature", "rooms")
TRULY_LABELLED = "scenes"  # photos labelled by hand


def held_out(name: str) -> bool:
    """Whether a photo of `scenes`, named by its number, is kept from all training: 60 of the 100."""
    return zlib.crc32(Path(name).stem.encode()) % 100 >= 40


def clip_of(name: str) -> str:
    """The clip that a frame's photo was cut from (`hall_017` → `hall`); any other photo is its own clip."""
    return re.sub(r"(?<=[a-z])_\d+$", "", Path(name).stem)


def in_validation(name: str) -> bool:
    """Whether a pseudo-labelled photo is kept for validation: one clip of 20, never a part of one."""
    return zlib.crc32(clip_of(name).encode()) % 20 == 0


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
    """Photos, all equally likely."""

    def __init__(self, photos: Sequence[Photo]) -> None:
        """Keep the photos."""
        self._photos = photos

    def draw(self, rng: np.random.Generator) -> Pair:
        """Give one photo as it is, with its labels."""
        photo = self._photos[int(rng.integers(len(self._photos)))]
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
