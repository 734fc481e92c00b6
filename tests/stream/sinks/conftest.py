"""Frames to write."""

from collections.abc import Callable

import numpy as np
import pytest

from stream.frame import Frame, Image


@pytest.fixture
def make_frame() -> Callable[..., Frame]:
    """Make a frame whose view is one grey, or the picture given."""

    def make(index: int, pts: float | None = None, view: Image | int = 128) -> Frame:
        if isinstance(view, int):
            view = np.full((64, 96, 3), view, np.uint8)
        return Frame(index, 0.0, index / 30 if pts is None else pts, view, view=view)

    return make


@pytest.fixture
def noise() -> Callable[[int], Image]:
    """Make pictures that compress badly."""

    def make(seed: int) -> Image:
        blocks = np.random.default_rng(seed).integers(0, 256, (32, 32, 3), dtype=np.uint8)
        return np.kron(blocks, np.ones((8, 8, 1), np.uint8))

    return make
