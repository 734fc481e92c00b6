"""Watch a file, and tell when it has changed and the change is complete."""

from __future__ import annotations

from pathlib import Path
from time import monotonic

Stamp = tuple[int, ...]

_SETTLED = 0.5
"""Seconds that a file must stay the same; a remote editor truncates it first, and then writes."""


def stamp_of(path: Path) -> Stamp | None:
    """Return a file's modification time, size and inode; they change with it. None without a file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


class FileWatch:
    """Tell when a file should be read again.

    A file that has just changed may be half written, and half a file can be valid: a change counts only when
    the file has been the same for half a second. A missing file does not count either: editors remove a file
    for a moment while they replace it.

    Args:
        path: path of the file; None for no file, which never changes.
        read: its stamp when it was last read.
    """

    def __init__(self, path: Path | None, read: Stamp | None) -> None:
        self._path, self._read = path, read
        self._last, self._since = read, monotonic()

    def changed(self) -> bool:
        """Check the file once; return True, once for each change, if it differs from the file last read."""
        if self._path is None:
            return False
        now, stamp = monotonic(), stamp_of(self._path)
        if stamp != self._last:
            self._last, self._since = stamp, now
        if stamp is None or stamp == self._read or now - self._since < _SETTLED:
            return False
        self._read = stamp
        return True
