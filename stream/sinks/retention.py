"""Name the segments of one recording, and delete the oldest (retention)."""

from __future__ import annotations

import logging
import os
import re
import time
from contextlib import suppress
from pathlib import Path

from stream.files import reason
from stream.quantities import Keep

log = logging.getLogger(__name__)

_Key = tuple[str, int]


class Retention:
    """Name the segments `out-20260102-030405.mp4` by the wall clock, and delete the oldest if asked to.

    Sorted by name, they are in the order in which they were made, whatever the wall clock does: if it goes
    back, the last time is used again, with a counter (`out-20260102-030405_0002.mp4`). Ages are measured
    without the wall clock.

    Args:
        path: `out.mp4`, in the folder of the segments.
        keep: how much is kept at most; None for all.
    """

    def __init__(self, path: Path, keep: Keep | None = None) -> None:
        self.path = path
        self._keep = keep
        self._home = os.path.realpath(path.parent)
        self._name = re.compile(
            rf"{re.escape(path.stem)}-(\d{{8}}-\d{{6}})(?:_(\d{{4,}}))?{re.escape(path.suffix)}"
        )
        self._last: _Key = ("", 0)
        self._ended: dict[str, float] = {}
        self._told: set[str] = set()  # names of what cannot be deleted

    def check(self) -> None:
        """Check that files can have the names of segments.

        Raises:
            OSError: the names are too long, or a similar error.
        """
        with suppress(FileNotFoundError):
            os.lstat(self._path_of("00000000-000000", 9999))

    def next_path(self) -> Path:
        """Return the path of a new segment; no file has that name."""
        stamp = time.strftime("%Y%m%d-%H%M%S")
        taken = [self._key(name) for name in os.listdir(self.path.parent)]
        last = max([key for key in taken if key] + [self._last])
        self._last = (stamp, 1) if stamp > last[0] else (last[0], last[1] + 1)
        return self._path_of(*self._last)

    def ended(self, path: Path) -> None:
        """Start measuring the age of a finished segment."""
        if self._keep:
            self._ended[path.name] = time.monotonic()

    def tidy(self, writing: Path | None = None) -> None:
        """Delete the oldest segments beyond the limit; only if asked to, and only files of our own names.

        Args:
            writing: the segment that is being written, which is counted and never deleted.
        """
        if self._keep is None or os.path.realpath(self.path.parent) != self._home:
            return  # if the folder has become a link, the files there are not ours
        try:
            self._tidy(self._keep, writing)
        except OSError as error:
            self._tell_once(".", f"Cannot look for old segments of '{self.path}': {reason(error)}.")

    def _tidy(self, keep: Keep, writing: Path | None) -> None:
        now = time.monotonic()
        sizes = self._sizes()
        total = sum(sizes.values())
        for name in sorted(sizes, key=lambda name: self._key(name) or self._last):
            if writing and name == writing.name:
                continue
            too_old = keep.seconds is not None and now - self._ended[name] > keep.seconds
            too_many = keep.bytes is not None and total > keep.bytes
            if too_old or too_many:
                self._delete(name)
                # Also if it could not be deleted: no younger one is deleted in its place.
                total -= sizes[name]

    def _delete(self, name: str) -> None:
        try:
            os.unlink(os.path.join(self._home, name))
        except OSError as error:
            self._tell_once(name, f"Cannot delete '{name}', the oldest of '{self.path}': {reason(error)}.")
            return
        del self._ended[name]
        self._tell(logging.INFO, f"Deleted '{name}', the oldest of '{self.path}'.")

    def _sizes(self) -> dict[str, int]:
        """Return the size of each segment in bytes; links and folders are not segments."""
        sizes = {}
        with os.scandir(self._home) as entries:
            for entry in entries:
                if self._key(entry.name) and entry.is_file(follow_symlinks=False):
                    found = entry.stat(follow_symlinks=False)
                    sizes[entry.name] = found.st_size
                    # The age of segments from an earlier run is taken from the wall clock, only once.
                    age = max(0.0, time.time() - found.st_mtime)
                    self._ended.setdefault(entry.name, time.monotonic() - age)
        self._ended = {name: ended for name, ended in self._ended.items() if name in sizes}
        self._told &= sizes.keys()
        return sizes

    def _tell_once(self, name: str, message: str) -> None:
        if name not in self._told:
            self._told.add(name)
            self._tell(logging.WARNING, message)

    def _tell(self, level: int, message: str) -> None:
        log.log(level, message, extra={"fields": {"sink": str(self.path)}})

    def _path_of(self, stamp: str, count: int) -> Path:
        counter = f"_{count:04}" if count > 1 else ""
        return self.path.with_name(f"{self.path.stem}-{stamp}{counter}{self.path.suffix}")

    def _key(self, name: str) -> _Key | None:
        found = self._name.fullmatch(name)
        return (found[1], int(found[2] or 1)) if found else None
