"""Simulate a still camera: sensor noise, drifting exposure, JPEG."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from stream.frame import Frame, Image

RATE = 30.0
DRIFT, PERIOD = 0.08, 7.0
"""The drift of the exposure, either way, and its period in seconds."""


def noisy_camera(
    image: Image, seconds: float, *, noise: float = 6.0, quality: int = 80, seed: int = 0, begin: int = 0
) -> Iterator[Frame]:
    """Yield frames of a still camera that films a picture.

    Args:
        image: uint8 (H, W, 3) BGR.
        seconds: length of the film, at `RATE` frames a second.
        noise: standard deviation at mid grey, in 1/255: half of it read noise, half of it shot noise.
        quality: JPEG quality, 0–100.
        seed: seed of the noise.
        begin: index of the first frame.
    """
    rng = np.random.default_rng(seed)
    for index in range(begin, begin + round(seconds * RATE)):
        pts = index / RATE
        seen = image * np.float32(1 + DRIFT * np.sin(2 * np.pi * pts / PERIOD))
        deviation = noise / 2 * (1 + np.sqrt(seen.clip(0) / 128))
        seen = seen + deviation * rng.standard_normal(seen.shape, np.float32)
        _, packed = cv2.imencode(
            ".jpg", seen.clip(0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality]
        )
        shown: Image = cv2.imdecode(packed, cv2.IMREAD_COLOR)  # type: ignore[assignment]
        yield Frame(index, pts, pts, shown)
