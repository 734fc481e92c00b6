"""Name the parts of any drawn scene: the scene itself, and one frame of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from stream.frame import Image
from stream.scenes.affine import WidthHeight

Motion = npt.NDArray[np.float32]
"""float32 (H, W, 2): (dx, dy) in pixels."""


class Drawn(Protocol):
    """A drawn frame; image, labels and motion are drawn when first used."""

    @property
    def image(self) -> Image:
        """Return the picture, uint8 (H, W, 3) BGR."""

    @property
    def labels(self) -> Image:
        """Return the true label map, uint8 (H, W) COCO-Stuff ids."""

    @property
    def motion(self) -> Motion:
        """Return each visible point's motion, float32 (H, W, 2): (dx, dy) in pixels to the next index."""


class Scene(ABC):
    """An endless drawn scene: a pure function of (seed, size, rate, index).

    Attributes:
        size: (width, height) in pixels.
        rate: frames a second; frame `index` shows the time index / rate.
    """

    name: ClassVar[str]

    def __init__(self, seed: int = 0, size: WidthHeight = (640, 360), rate: float = 30.0) -> None:
        """Paint all parts for this seed and size; takes up to a second."""
        self.seed, self.size, self.rate = seed, size, rate

    @abstractmethod
    def at(self, index: int) -> Drawn:
        """Return frame `index`, from 0."""
