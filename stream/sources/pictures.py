"""Still pictures as a source: one, a folder, or a glob, in natural order (`2.png` before `10.png`)."""

import glob
import logging
import os
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from engines.errors import SourceError
from stream.files import nearest, require_file
from stream.frame import Frame, Image
from stream.sound import Sound
from stream.sources.pace import Pacer

log = logging.getLogger(__name__)

PICTURE_SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".jpe", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".jp2")
)


class PicturesSource:
    """Still pictures, one after the other; their sizes may differ.

    Of several pictures, one that cannot be read is left out, with a warning; its number stays unused.

    Attributes:
        size: about the (height, width) of the first one; None if it turns out to be damaged.
    """

    live = False
    mirrored = False
    sound: Sound | None = None

    def __init__(self, path: str, *, rate: float = 2.0, pace: bool = True, loop: bool = False) -> None:
        """Find the pictures and check their first bytes.

        Args:
            path: a picture, a folder, or a glob.
            rate: pictures a second.
            pace: yield them at that rate, otherwise as fast as they are consumed.
            loop: start again after the last one.

        Raises:
            SourceError: nothing was found, or no file is a picture.
        """
        self._path = path
        self._paths = _find(path)
        self._unread = {found: fault for found in self._paths if (fault := _fault_of(found))}
        if len(self._unread) == len(self._paths):
            raise self._unread[self._paths[0]]
        self.size = _size_of(next(found for found in self._paths if found not in self._unread))
        self._told: set[Path] = set()
        self.rate: float | None = rate
        self.frame_count = None if loop else len(self._paths) - len(self._unread)
        self._step = 1 / rate
        self._pace = pace
        self._loop = loop

    @property
    def damaged(self) -> int:
        """The number of pictures that could not be read so far."""
        return len(self._told)

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """Yield the pictures in natural order, turned as their EXIF data say.

        Raises:
            SourceError: no picture can be read; the message has the reason for the last.
        """
        pacer, index, given = Pacer(), 0, 0
        while self._loop or index < len(self._paths):
            if index and index % len(self._paths) == 0:
                self._check_given(given)
            try:
                image = self._read(self._paths[index % len(self._paths)])
            except SourceError as error:
                if len(self._paths) == 1:
                    raise
                self._leave_out(self._paths[index % len(self._paths)], error)
                index += 1
                continue
            pts = index * self._step
            if stop.is_set() or (self._pace and not pacer.wait(pts, stop)):
                return
            yield Frame(index, time.monotonic(), pts, image)
            index, given = index + 1, given + 1
        self._check_given(given)

    def close(self) -> None:
        """Nothing stays open between pictures."""

    def _read(self, path: Path) -> Image:
        if path in self._unread:
            raise self._unread[path]
        return _read(path)

    def _leave_out(self, path: Path, error: SourceError) -> None:
        if path not in self._told:
            self._told.add(path)
            log.warning("%s It is left out.", error, extra={"fields": {"picture": str(path)}})

    def _check_given(self, given: int) -> None:
        if not given:
            raise SourceError(
                f"None of the {len(self._paths)} pictures of {self._path} can be read.", "damaged"
            )


def _find(path: str) -> list[Path]:
    place = Path(path)
    if os.path.isdir(path):
        paths = [entry for entry in place.iterdir() if entry.suffix.lower() in PICTURE_SUFFIXES]
        if not paths:
            raise SourceError(
                f"There are no pictures in the folder {place}. It needs .jpg, .png, .webp or .bmp files."
            )
    elif os.path.exists(path):
        paths = [place]
    else:
        paths = [Path(name) for name in glob.glob(path, recursive=True) if not Path(name).is_dir()]
        if not paths and re.search(r"[*?\[]", path):
            raise SourceError(f"No picture matches {path}. Check the folder and the pattern.")
        if not paths:
            raise SourceError(f"There is no picture {place}. {nearest(place)}")
    return sorted(paths, key=_natural)


def _fault_of(path: Path) -> SourceError | None:
    """Return the error if a file is no picture by its first bytes."""
    try:
        require_file(path)
    except SourceError as error:
        return error
    if cv2.haveImageReader(str(path)):
        return None
    return SourceError(f"{path} is not a picture that can be read. Remove it, or save it as PNG or JPEG.")


def _natural(path: Path) -> list[tuple[int, str]]:
    """Return a sort key that compares numbers as numbers: `2.png` before `10.png`."""
    parts = re.split(r"(\d+)", str(path).lower())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def _size_of(path: Path) -> tuple[int, int] | None:
    """Return about the (height, width) of a picture, from an eighth of it: it is decoded in little time."""
    try:
        image = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_REDUCED_COLOR_8)
    except (OSError, cv2.error):
        image = None
    return None if image is None else (8 * image.shape[0], 8 * image.shape[1])


def _read(path: Path) -> Image:
    try:
        image = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    except (OSError, cv2.error):
        image = None
    if image is None:
        raise SourceError(f"{path} cannot be read as a picture: it is damaged or gone. Remove or replace it.")
    return image.astype(np.uint8, copy=False)
