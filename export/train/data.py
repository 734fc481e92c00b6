"""Load photos with label maps into memory, and draw training batches from them."""

import re
import zlib
from collections.abc import Callable, Iterator, Sequence
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
    "people": 0.08, "things": 0.25, "nature": 0.15, "rooms": 0.06, "homes": 0.13, "streets": 0.06,
    "cars": 0.04, "action": 0.07, "faces": 0.04, "land": 0.06, "animals": 0.06,
}  # fmt: skip
"""Folders with labels made by teachers (the streets' in part by hand), and the share of draws of each: the
folders whose photos differ most from each other have the most."""
TRULY_LABELLED = "scenes"  # photos labelled by hand
BLOCK = 30  # consecutive frames of the streets that are together for validation or for training


def held_out(name: str) -> bool:
    """Return whether a photo of `scenes`, named by its number, is held out of all training: 60 of 100 are."""
    return zlib.crc32(Path(name).stem.encode()) % 100 >= 40


def chooses(name: str) -> bool:
    """Return whether a photo of `scenes` is for choosing among nets: 14 of the 40 not held out are."""
    return zlib.crc32(Path(name).stem.encode()) % 100 < 14


def learns(name: str) -> bool:
    """Return whether a photo of `scenes` is for training: neither held out nor for choosing."""
    return not held_out(name) and not chooses(name)


def clip_of(folder: str, name: str) -> str:
    """Return the clip that a frame was cut from (`rooms`, `hall_017` → `hall`); a photo is its own clip.

    The streets are a few long drives, which are cut here into blocks of frames.
    """
    stem = Path(name).stem
    if folder == "rooms":
        return re.sub(r"(?<=[a-z])_\d+$", "", stem)
    if folder == "streets" and (frame := re.search(r"\d+$", stem)):
        return f"{stem[: frame.start()]}{int(frame.group()) // BLOCK}"
    return stem


def in_validation(folder: str, name: str) -> bool:
    """Return whether a pseudo-labelled photo is for validation: one clip of 20 is, always as a whole."""
    return zlib.crc32(f"{folder}/{clip_of(folder, name)}".encode()) % 20 == 0


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo in memory: `image` uint8 (H, W, 3) BGR, `labels` uint8 (H, W), 255 for unlabelled."""

    folder: str
    name: str
    image: Array
    labels: Array


def photo_paths(root: Path, folder: str) -> list[Path]:
    """List the photos `root/folder/photos/*.jpg`, ordered by name.

    Raises:
        SourceError: there are none.
    """
    paths = sorted((root / folder / "photos").glob("*.jpg"))
    if not paths:
        raise SourceError(
            f"There are no photos in {root / folder / 'photos'}. Name the folder that holds {folder}/photos."
        )
    return paths


def read_photo(root: Path, folder: str, name: str, labels: Path | None = None) -> Photo:
    """Decode the photo `root/folder/photos/name.jpg` with its label map.

    Args:
        root: the folder of all folders.
        folder: one of them.
        name: name of the photo, without its ending.
        labels: folder of all label maps, as `labels/folder/labels/name.png`; `root` if None.

    Raises:
        SourceError: the photo or its label map cannot be read, or their sizes differ.
    """
    path = root / folder / "photos" / f"{name}.jpg"
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    label_map = cv2.imread(str((labels or root) / folder / "labels" / f"{name}.png"), cv2.IMREAD_UNCHANGED)
    if image is None or label_map is None or image.shape[:2] != label_map.shape:
        raise SourceError(f"{path} or its label map cannot be read, or their sizes differ. Restore them.")
    return Photo(folder, name, image.astype(np.uint8), label_map.astype(np.uint8))


def read_photos(
    root: Path,
    folder: str,
    wanted: Callable[[str], bool] = lambda name: True,
    labels: Path | None = None,
) -> list[Photo]:
    """Decode the photos of a folder with their label maps, ordered by name.

    Args:
        root: the folder of all folders.
        folder: one of them.
        wanted: tells by a photo's name whether it is decoded.
        labels: folder of all label maps; `root` if None.

    Raises:
        SourceError: there are no photos, or one of them or its label map cannot be read.
    """
    names = [path.stem for path in photo_paths(root, folder)]
    return [read_photo(root, folder, name, labels) for name in names if wanted(name)]


def square(array: Array, side: int, interpolation: int) -> Array:
    """Cut the middle square out of uint8 (H, W[, C]), and resize it to `side` by OpenCV's interpolation."""
    h, w = array.shape[:2]
    length = min(h, w)
    top, left = (h - length) // 2, (w - length) // 2
    cut = array[top : top + length, left : left + length]
    return np.asarray(cv2.resize(cut, (side, side), interpolation=interpolation), np.uint8)


class Pool(Protocol):
    """A pool of pictures with known labels; any number of them can be drawn."""

    def draw(self, rng: np.random.Generator) -> Pair:
        """Draw one picture uint8 (H, W, 3) BGR and its labels uint8 (H, W)."""
        ...


class PhotoPool:
    """A pool of photos, each drawn in proportion to its weight."""

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
    """A pool of the project's drawn scenes, with exact labels; each frame is drawn once, at its first use."""

    def __init__(self, frames: int = 200) -> None:
        """Use `frames` different frames again and again: to draw new ones would take longer than a step."""
        self._count = frames
        self._drawn: dict[int, Pair] = {}

    def draw(self, rng: np.random.Generator) -> Pair:
        """Draw one frame of a random scene, in a shape that cameras have."""
        number = int(rng.integers(self._count))
        if number not in self._drawn:
            own = np.random.default_rng(number)
            self._drawn[number] = training_pair(own, DRAWN_SIZES[number % len(DRAWN_SIZES)])
        return self._drawn[number]


@dataclass(frozen=True)
class Batches:
    """Augmented batches; the batch of a step is a pure function of the seed and the step.

    Attributes:
        pools: the pools that pictures are drawn from, each with its share of the draws.
        size: (height, width) of the pictures.
        count: number of pictures in a batch.
        augment: the strength of the augmentation.
        seed: the seed of all random numbers.
    """

    pools: Sequence[tuple[Pool, float]]
    size: tuple[int, int]
    count: int
    augment: Augment
    seed: int = 0

    def at(self, step: int) -> Pair:
        """Return a step's batch: images uint8 (N, H, W, 3) BGR, labels uint8 (N, H, W), 255 unlabelled."""
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
        """Yield the batches of steps `start` … `stop` − 1, prepared ahead on one thread."""
        with ThreadPoolExecutor(1) as worker:
            waiting = [worker.submit(self.at, step) for step in range(start, min(start + depth, stop))]
            for step in range(start + depth, stop + depth):
                batch = waiting.pop(0).result()
                if step < stop:
                    waiting.append(worker.submit(self.at, step))
                yield batch
