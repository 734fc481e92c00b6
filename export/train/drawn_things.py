"""Draw refrigerators and baseball bats into photos: few photos show them, or their label is missing."""

import cv2
import numpy as np
import numpy.typing as npt

from export.train.data import Pair, Pool

Array = npt.NDArray[np.uint8]

BAT, REFRIGERATOR = 38, 81


class DrawnThings:
    """Photos of another pool with a refrigerator or a baseball bat drawn into them."""

    def __init__(self, photos: Pool) -> None:
        """Draw into the photos of this pool."""
        self._photos = photos

    def draw(self, rng: np.random.Generator) -> Pair:
        """Draw a photo with one or two more things in it, and its labels."""
        image, labels = (array.copy() for array in self._photos.draw(rng))
        draw = _refrigerator if rng.random() < 0.5 else _bat
        for _ in range(int(rng.integers(1, 3))):
            draw(image, labels, rng)
        return image, labels


def _refrigerator(image: Array, labels: Array, rng: np.random.Generator) -> None:
    h, w = labels.shape
    tall = int(h * rng.uniform(0.35, 0.8))
    wide = int(tall * rng.uniform(0.42, 0.6))
    x, y = int(rng.integers(0, max(1, w - wide))), int(rng.integers(0, max(1, h - tall)))
    light = float(rng.uniform(170, 245))
    tint = light * rng.uniform(0.94, 1.0, 3)
    across = np.linspace(rng.uniform(0.82, 1.05), rng.uniform(0.82, 1.05), wide)[None, :, None]
    down = np.linspace(1.03, 0.9, tall)[:, None, None]
    body = np.clip(tint * across * down + rng.normal(0, 2, (tall, wide, 1)), 0, 255)
    seam = int(tall * rng.uniform(0.28, 0.4))
    body[seam : seam + max(1, tall // 90)] *= 0.45
    side = wide // 10 if rng.random() < 0.5 else wide - wide // 10 - max(2, wide // 28)
    for top, bottom in ((seam // 3, seam - seam // 6), (seam + seam // 6, seam + seam)):
        body[top:bottom, side : side + max(2, wide // 28)] *= 0.5
    body[:, :2] *= 0.6
    body[:, -2:] *= 0.6
    image[y : y + tall, x : x + wide] = body.astype(np.uint8)
    labels[y : y + tall, x : x + wide] = REFRIGERATOR


def _bat(image: Array, labels: Array, rng: np.random.Generator) -> None:
    h, w = labels.shape
    length, turn = h * rng.uniform(0.25, 0.7), rng.uniform(0, 2 * np.pi)
    start = rng.uniform(0.15, 0.85, 2) * (w, h)
    along = np.array([np.cos(turn), np.sin(turn)])
    across = np.array([-along[1], along[0]])
    thick = length * rng.uniform(0.035, 0.06)
    profile = np.array([0.55, 0.35, 0.35, 0.5, 0.85, 1.0, 1.0, 0.75]) * thick
    places = start + np.linspace(0, length, len(profile))[:, None] * along
    wood = np.array([60, 110, 170]) * rng.uniform(0.55, 1.25)
    for shade, part in ((0.75, 1.0), (1.0, 0.6), (1.25, 0.2)):
        width = profile[:, None] * part * across
        outline = np.concatenate([places + width, (places - width)[::-1]]).round().astype(np.int32)
        colour = tuple(float(v) for v in np.clip(wood * shade, 0, 255))
        cv2.fillPoly(image, [outline], colour, cv2.LINE_AA)
        if part == 1.0:
            cv2.fillPoly(labels, [outline], (float(BAT),))
