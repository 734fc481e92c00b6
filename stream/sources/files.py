"""What is said about a path before anything tries to read it."""

import difflib
import os
from pathlib import Path

from engines.errors import SourceError


def require_file(path: Path) -> None:
    """Make sure that a regular, readable file with something in it lies at `path`.

    Raises:
        SourceError: it does not; a missing one is answered with the nearest name in its folder.
    """
    if not path.exists():
        raise SourceError(f"no file {path}{nearest(path)}")
    if not path.is_file():
        raise SourceError(f"{path} is not a regular file: give a clip, a picture or a folder of pictures")
    if not os.access(path, os.R_OK):
        raise SourceError(f"{path} may not be read by this user: change its permissions")
    if path.stat().st_size == 0:
        raise SourceError(f"{path} is empty (0 bytes): record or copy it again")


def nearest(path: Path) -> str:
    """Return "; did you mean …?" with the nearest name that exists, or what to look at instead."""
    if not path.parent.is_dir():
        return f": there is no folder {path.parent}"
    names = sorted(entry.name for entry in path.parent.iterdir())
    near = difflib.get_close_matches(path.name, names, n=1, cutoff=0.5)
    return f"; did you mean {path.parent / near[0]}?" if near else f": the folder is {path.parent.resolve()}"
