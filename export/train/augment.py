"""Augment a picture and its labels for training."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Augment:
    """The strength of the augmentation.

    Attributes:
        scale: least and greatest size of the picture; 1 just covers the crop.
        aspect: greatest stretch, either way.
        whole: share of pictures that are shown whole instead, stretched to the crop's shape.
        degrees: greatest rotation, either way.
        colour: strength of brightness, contrast, hue, saturation and low light; 0 is none.
        damage: share of pictures that get each fault of webcams: blur, a coarse sensor, noise, JPEG.
    """

    scale: tuple[float, float] = (0.7, 2.0)
    aspect: float = 1.25
    whole: float = 0.25
    degrees: float = 6.0
    colour: float = 1.0
    damage: float = 0.2


def crop(
    image: Array, labels: Array, size: tuple[int, int], augment: Augment, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Scale, rotate, flip and crop a picture and its labels alike, in one resampling.

    Args:
        image: uint8 (H, W, 3).
        labels: uint8 (H, W), resampled by nearest pixels; pixels outside become 255.
        size: (height, width) of the crop.
        augment: the strength.
        rng: the random generator.
    """
    height, width = size
    h, w = labels.shape
    cover = max(height / h, width / w)
    least, greatest = augment.scale
    if rng.random() < augment.whole:
        sx, sy, turn = width / w, height / h, 0.0
    else:
        scale = cover * np.exp(rng.uniform(np.log(least), np.log(greatest)))
        stretch = np.exp(rng.uniform(-1, 1) * np.log(augment.aspect) / 2)
        sx, sy, turn = scale * stretch, scale / stretch, np.deg2rad(rng.uniform(-1, 1) * augment.degrees)
    flip = -1.0 if rng.random() < 0.5 else 1.0
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    linear = rotation @ np.diag([flip * sx, sy])
    # Put the picture's middle on the crop's, then shift it by a random part of the margin (or room) left.
    room = np.abs(np.array([w * sx - width, h * sy - height])) / 2
    centre = np.array([width, height]) / 2 + rng.uniform(-1, 1, 2) * room
    shift = centre - 0.5 - linear @ (np.array([w, h]) / 2 - 0.5)
    matrix = np.concatenate([linear, shift[:, None]], 1)
    if min(sx, sy) < 0.6:  # linear resampling would alias
        image = np.asarray(cv2.blur(image, (2, 2)), np.uint8)
    grey = tuple(float(v) for v in rng.uniform(0, 255, 3))
    warped = cv2.warpAffine(
        image,
        matrix,
        (width, height),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=grey,
    )
    mapped = cv2.warpAffine(
        labels,
        matrix,
        (width, height),
        flags=cv2.INTER_NEAREST,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(255.0,),
    )
    return warped.astype(np.uint8, copy=False), mapped.astype(np.uint8, copy=False)


def photometric(image: Array, augment: Augment, rng: np.random.Generator) -> Array:
    """Change the light and colours of uint8 (H, W, 3) BGR, blur and coarsen it, add noise and JPEG blocks."""
    if augment.colour > 0:
        image = _light(image, augment.colour, rng)
    if rng.random() < augment.damage:
        sigma = float(rng.uniform(0.4, 1.6))
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8)
    if rng.random() < augment.damage * 0.6:
        height, width = image.shape[:2]
        coarse = rng.uniform(0.35, 0.7)
        small = cv2.resize(
            image, (round(width * coarse), round(height * coarse)), interpolation=cv2.INTER_AREA
        )
        image = np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    if rng.random() < augment.damage:
        noise = rng.normal(0, rng.uniform(2, 18), image.shape).astype(np.float32)
        image = np.clip(image + noise, 0, 255).astype(np.uint8)
    if rng.random() < augment.damage:
        quality = int(rng.integers(15, 70))
        _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
        image = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return image


def _light(image: Array, strength: float, rng: np.random.Generator) -> Array:
    if rng.random() < 0.3 * strength:
        hsv = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2HSV), np.int16)
        hsv[..., 0] = (hsv[..., 0] + round(rng.uniform(-8, 8) * strength)) % 180
        hsv[..., 1] = np.clip(hsv[..., 1] * rng.uniform(1 - 0.6 * strength, 1 + 0.4 * strength), 0, 255)
        image = np.asarray(cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2BGR), np.uint8)
    # Everything else is a curve for each channel: gamma, gain, white balance, dark rooms.
    levels = np.arange(256, dtype=np.float32) / 255
    dark = rng.random() < 0.12 * strength
    gamma = np.exp(rng.uniform(-0.35, 0.35) * strength) * (rng.uniform(1.2, 1.8) if dark else 1)
    gain = np.exp(rng.uniform(-0.2, 0.2, 3) * 0.5 * strength + rng.uniform(-0.2, 0.2) * strength)
    if dark:
        gain = gain * rng.uniform(0.3, 0.7)
    lift = rng.uniform(-0.06, 0.06) * strength
    curve = np.clip((levels[:, None] ** gamma * gain + lift) * 255, 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(image, curve.reshape(1, 256, 3)), np.uint8)
