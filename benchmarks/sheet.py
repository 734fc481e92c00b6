"""Draw a sheet with a row for each photo: photo, labels, painting, and the teachers' labels of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from benchmarks.likeness import LikenessSample
from engines.errors import SinkError
from engines.labels import LabelSpace
from stream.fit import Fit, Size
from stream.frame import Frame, Image
from stream.views.layers import GUTTER, Display
from stream.views.layouts import BACKGROUND, compose
from stream.views.text import put_text, text_size

COLUMNS = ("photo", "labels", "painting", "seen again")
HEIGHT = 256
STRIP = 30
INK = (235, 232, 230)


def draw_sheet(samples: Sequence[LikenessSample], net_size: Size, title: str) -> Image:
    """Draw a sheet of samples: uint8 (H, W, 3) BGR.

    Args:
        samples: at least one sample.
        net_size: (h, w) of the segmenter's input; the photos are cropped to its aspect.
        title: the text above the rows.
    """
    fit, space = Fit("crop", net_size), LabelSpace.load("coco-stuff")
    rows = [_row(sample, fit, space) for sample in samples]
    width = max(row.shape[1] for row in rows)
    parts = [_strip(width, title, size=18), _heads(width)]
    for sample, row in zip(samples, rows, strict=True):
        wide = np.full((row.shape[0], width, 3), BACKGROUND, np.uint8)
        wide[:, : row.shape[1]] = row
        parts += [wide, _strip(width, _caption(sample), size=14)]
    return np.concatenate(parts)


def save_sheet(sheet: Image, path: Path) -> None:
    """Write a sheet as PNG.

    Raises:
        SinkError: the file cannot be written.
    """
    try:
        path.write_bytes(cv2.imencode(".png", sheet)[1].tobytes())
    except OSError as error:
        raise SinkError(f"Cannot write {path}: {error.strerror}.") from error


def _row(sample: LikenessSample, fit: Fit, space: LabelSpace) -> Image:
    display = Display(fit, space, HEIGHT)
    painted = compose(sample.frame, "triptych", display)
    again = Frame(sample.frame.index, 0.0, 0.0, sample.frame.image, painted_labels=sample.seen)
    seen = compose(again, "labels", display)
    gutter = np.full((painted.shape[0], GUTTER, 3), BACKGROUND, np.uint8)
    return np.concatenate([painted, gutter, seen], 1)


def _caption(sample: LikenessSample) -> str:
    if np.isnan(sample.segment):
        return f"{sample.name}: nothing labelled"
    return f"{sample.name}: segmenter {sample.segment:.0%} right, round trip {sample.round_trip:.0%}"


def _strip(width: int, text: str, size: int) -> Image:
    strip = np.full((STRIP, width, 3), BACKGROUND, np.uint8)
    put_text(strip, text, GUTTER, _baseline(size), size, INK, weight=450)
    return strip


def _heads(width: int) -> Image:
    strip = np.full((STRIP, width, 3), BACKGROUND, np.uint8)
    step = (width + GUTTER) / len(COLUMNS)
    for number, head in enumerate(COLUMNS):
        middle = round(number * step + (step - GUTTER) / 2)
        put_text(strip, head, middle - text_size(head, 16)[0] // 2, _baseline(16), 16, INK)
    return strip


def _baseline(size: int) -> int:
    return (STRIP + text_size("", size)[1]) // 2
