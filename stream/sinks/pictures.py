"""Write still pictures: one file for each frame, or one file for the last frame."""

from __future__ import annotations

import math
import re
import time
from pathlib import Path

import cv2

from engines.errors import SinkError, UsageError
from stream.files import check_folder, check_name, check_output, reason, write_whole
from stream.frame import Frame, Image
from stream.views.layouts import view_of

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg")

_MANY = 999_999_999
"""Number of pictures in half a year, for the length of names: numbers may outgrow a pattern."""

_NUMBER = re.compile(r"%0?\d*d")


class PicturesSink:
    """Write each frame's view to a file of its own, numbered by `frame.index`, so that a gap is a drop."""

    keeps_all = True

    def __init__(self, pattern: Path, *, overwrite: bool = False) -> None:
        """Check the folder; create it if only its last part is missing.

        Args:
            pattern: such as `out/%06d.png`.
            overwrite: whether pictures of these names may be replaced; others are never touched.

        Raises:
            UsageError: the pattern does not have exactly one number such as %06d.
            SinkError: the folder is not writable or holds pictures of this pattern already, or the names
                are too long.
        """
        before, *after = _NUMBER.split(pattern.name)
        if len(after) != 1 or "%" in before + after[0]:
            raise UsageError(f"'{pattern.name}' needs exactly one number, as in %06d.png.")
        folder = pattern.parent
        longest = pattern.name % _MANY
        if not folder.exists():
            check_folder(folder.parent)
            check_name(folder.parent / longest)
            folder.mkdir()
        check_folder(folder)
        check_name(folder / longest)
        taken = re.compile(rf"{re.escape(before)}\d+{re.escape(after[0])}")
        if not overwrite and any(taken.fullmatch(path.name) for path in folder.iterdir()):
            raise SinkError(
                f"'{folder}' holds pictures like '{pattern.name}' already. "
                "Give --overwrite to replace them, or name another folder."
            )
        self._pattern = pattern
        self._count = 0

    def write(self, frame: Frame) -> bool:
        """Write one picture; skip a notice that stands in for a picture.

        Raises:
            SinkError: it cannot be written; the pictures before it are whole.
        """
        if frame.notice:
            return True
        path = self._pattern.with_name(self._pattern.name % frame.index)
        save_picture(path, view_of(frame), f" The {self._count} pictures before it are safe.")
        self._count += 1
        return True

    def close(self) -> None:
        """Do nothing: every picture is complete already."""


class StillSink:
    """Write one picture, the last frame's view: at the end, and meanwhile every so often if asked.

    A program that reads the file finds a whole picture at any time.
    """

    keeps_all = True

    def __init__(self, path: Path, *, overwrite: bool = False, every: float | None = None) -> None:
        """Check that `path`, a PNG or JPEG file, can be written.

        Args:
            path: the file.
            overwrite: whether an existing file may be replaced.
            every: seconds between two writes, the first of them with the first frame; None for the end only.

        Raises:
            SinkError: the file exists and may not be overwritten, its folder is not writable, or its name
                is too long.
        """
        check_name(path)
        check_output(path, overwrite=overwrite)
        self._path, self._every = path, every
        self._last: Image | None = None
        self._written_at = -math.inf

    def write(self, frame: Frame) -> bool:
        """Remember the frame's view, unless it is only a notice, and write it if it is time.

        Raises:
            SinkError: it cannot be written; the picture before it is whole.
        """
        if frame.notice:
            return True
        self._last = view_of(frame)
        now = time.monotonic()
        if self._every is not None and now - self._written_at >= self._every:
            self._written_at = now
            save_picture(self._path, self._last)
        return True

    def close(self) -> None:
        """Write the picture, if any frame came.

        Raises:
            SinkError: it cannot be written.
        """
        if self._last is not None:
            save_picture(self._path, self._last)


def save_picture(path: Path, image: Image, consolation: str = "") -> None:
    """Write uint8 (H, W, 3) BGR as PNG or JPEG, by the suffix, whole or not at all.

    Args:
        path: the file, replaced if it exists.
        image: the picture.
        consolation: text for the end of the error message, about pictures that are safe.

    Raises:
        SinkError: it cannot be written.
    """
    # JPEG keeps full colour resolution: the schematic has hard edges between saturated colours.
    options = [
        cv2.IMWRITE_JPEG_QUALITY,
        95,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    ]
    suffix = path.suffix.lower()
    _, data = cv2.imencode(suffix, image, options if suffix != ".png" else [])
    try:
        write_whole(path, data.tobytes())
    except OSError as error:
        raise SinkError(f"Cannot write '{path}': {reason(error)}.{consolation}") from error
