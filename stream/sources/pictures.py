"""Still pictures as a source: one, a folder, or a glob, in natural order (`2.png` before `10.png`)."""

import glob
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

PICTURE_SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".jpe", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".jp2")
)


class PicturesSource:
    """Still pictures, one after the other; their sizes may differ."""

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
            SourceError: nothing was found, or a file that is not a picture.
        """
        self._paths = _find(path)
        self.rate: float | None = rate
        self.frame_count = None if loop else len(self._paths)
        self._step = 1 / rate
        self._pace = pace
        self._loop = loop

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """Yield the pictures in natural order, turned as their EXIF data say.

        Raises:
            SourceError: a picture cannot be read; the message names it.
        """
        pacer, index = Pacer(), 0
        while self._loop or index < len(self._paths):
            image = _read(self._paths[index % len(self._paths)])
            pts = index * self._step
            if stop.is_set() or (self._pace and not pacer.wait(pts, stop)):
                return
            yield Frame(index, time.monotonic(), pts, image)
            index += 1

    def close(self) -> None:
        """Nothing stays open between pictures."""


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
    for entry in paths:
        require_file(entry)
        if not cv2.haveImageReader(str(entry)):
            raise SourceError(
                f"{entry} is not a picture that can be read. Remove it, or save it as PNG or JPEG."
            )
    return sorted(paths, key=_natural)


def _natural(path: Path) -> list[tuple[int, str]]:
    """Return a sort key that compares numbers as numbers: `2.png` before `10.png`."""
    parts = re.split(r"(\d+)", str(path).lower())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def _read(path: Path) -> Image:
    try:
        image = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    except (OSError, cv2.error):
        image = None
    if image is None:
        raise SourceError(f"{path} cannot be read as a picture: it is damaged or gone. Remove or replace it.")
    return image.astype(np.uint8, copy=False)
