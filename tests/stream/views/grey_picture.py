"""A grey picture to draw on, and the box of what was drawn."""

import numpy as np

SIZES = [(1080, 1920), (720, 405), (512, 512), (256, 455), (128, 96)]
GREY = 120


def picture(size):
    return np.full((*size, 3), GREY, np.uint8)


def box(image):
    """Return left, top, right and bottom of the drawn pixels."""
    ys, xs = np.nonzero((image != GREY).any(axis=2))
    return int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1
