"""What tells that a file has changed, and that the change is over."""

from __future__ import annotations

from pathlib import Path

Stamp = tuple[int, ...]


def stamp_of(path: Path) -> Stamp | None:
    """Return what changes whenever a file does, also where another takes its place; None without a file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


class Lookout:
    """Looks at a file again and again, to tell when it should be read again.

    A file that has just changed may be half written, and half a file can make sense: only one that is the
    same in two looks in a row counts. One that is gone, as it is for a moment while editors replace it, does
    not count either.

    Args:
        path: of the file; None for none, which never changes.
        read: its stamp when it was last read.
    """

    def __init__(self, path: Path | None, read: Stamp | None) -> None:
        self._path, self._read = path, read
        self._last = read

    def changed(self) -> bool:
        """Look once; True, a single time for each change, if it is another file than was last read."""
        if self._path is None:
            return False
        before, self._last = self._last, stamp_of(self._path)
        if self._last is None or self._last != before or self._last == self._read:
            return False
        self._read = self._last
        return True
