"""Move the borders of label maps to the edges of the picture.

The teachers' label maps are coarse: their borders lie some pixels beside the things that they surround.
Segments of even colour (Felzenszwalb and Huttenlocher, *Efficient Graph-Based Image Segmentation*, IJCV 2004)
take the label that most of their pixels have; a guided filter (He and Sun, *Fast Guided Filter*, 2015) then
smooths each label's mask along the picture's edges.
"""

import cv2
import numpy as np
import numpy.typing as npt
from skimage.segmentation import felzenszwalb

from export.train.augment import Array

Floats = npt.NDArray[np.float32]

SCALE, BLUR, SMALLEST = 100, 0.8, 20  # of segments: preference for large ones, pixels of blur, pixels of area
RADIUS, EVEN = 8, 1e-3  # of the filter: pixels, and the variance of colour 0–1 below which a region is even


def move_borders(image: Array, labels: Array) -> Array:
    """Return the labels with their borders at the picture's edges.

    Args:
        image: uint8 (H, W, 3) BGR.
        labels: uint8 (H, W); 255, unlabelled, is treated like any label.

    Returns:
        uint8 (H, W), with no label that `labels` lacks.
    """
    segments = felzenszwalb(image, scale=SCALE, sigma=BLUR, min_size=SMALLEST)
    return _filter_labels(image.astype(np.float32) / np.float32(255), _majority(segments, labels))


def _majority(segments: npt.NDArray[np.int64], labels: Array) -> Array:
    """Give every segment the label that most of its pixels have."""
    votes = np.zeros((segments.max() + 1, 256), np.int32)
    np.add.at(votes, (segments.ravel(), labels.ravel()), 1)
    return np.asarray(votes.argmax(1).astype(np.uint8)[segments])


def _filter_labels(image: Floats, labels: Array) -> Array:
    """Return at each pixel of `image` (H, W, 3) the label whose mask, filtered along edges, is largest.

    The filter's coefficients are fitted at half the size, and applied at the whole.
    """
    h, w = labels.shape
    small = cv2.resize(image, (w // 2, h // 2), interpolation=cv2.INTER_AREA).astype(np.float32)
    mean = _box(small)
    covariance = np.empty((h // 2, w // 2, 3, 3), np.float32)
    for i in range(3):
        covariance[..., i] = _box(small * small[..., i : i + 1]) - mean * mean[..., i : i + 1]
    inverse = np.linalg.inv(covariance + EVEN * np.eye(3, dtype=np.float32))

    def filtered(mask: Floats) -> Floats:
        mask = np.asarray(cv2.resize(mask, (w // 2, h // 2), interpolation=cv2.INTER_AREA), np.float32)
        share = _box(mask)
        tilt = _box(small * mask[..., None]) - mean * share[..., None]
        slope = np.matmul(inverse, tilt[..., None])[..., 0]
        line = np.dstack([slope, share - (slope * mean).sum(-1)])
        fitted = cv2.resize(_box(line), (w, h), interpolation=cv2.INTER_LINEAR)
        return np.asarray((fitted[..., :3] * image).sum(-1) + fitted[..., 3], np.float32)

    ids = np.unique(labels)
    scores = [filtered((labels == label).astype(np.float32)) for label in ids]
    return np.asarray(ids[np.argmax(scores, axis=0)])


def _box(array: Floats) -> Floats:
    """Average float32 (h, w[, channels ≤ 4]) over squares of RADIUS + 1 pixels, at half the size."""
    return np.asarray(cv2.blur(array, (RADIUS + 1, RADIUS + 1)), np.float32)
