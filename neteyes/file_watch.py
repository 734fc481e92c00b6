"""What tells that a file has changed, and that the change is over."""

from __future__ import annotations

from pathlib import Path
from time import monotonic

Stamp = tuple[int, ...]

_SETTLED = 0.5
"""Seconds that a file has to stay as it is; an editor far away truncates it first, and then writes."""


def stamp_of(path: Path) -> Stamp | None:
    """Return what changes whenever a file does, also where another takes its place; None without a file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


class FileWatch:
    """Looks at a file again and again, to tell when it should be read again.

    A file that has just changed may be half written, and half a file can make sense: only one that has been
    the same for half a second counts. One that is gone, as it is for a moment while editors replace it, does
    not count either.

    Args:
        path: of the file; None for none, which never changes.
        read: its stamp when it was last read.
    """

    def __init__(self, path: Path | None, read: Stamp | None) -> None:
        self._path, self._read = path, read
        self._last, self._since = read, monotonic()

    def changed(self) -> bool:
        """Look once; True, a single time for each change, if it is another file than was last read."""
        if self._path is None:
            return False
        now, stamp = monotonic(), stamp_of(self._path)
        if stamp != self._last:
            self._last, self._since = stamp, now
        if stamp is None or stamp == self._read or now - self._since < _SETTLED:
            return False
        self._read = stamp
        return True
