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
    if not os.path.exists(path):  # False, too, where the system will not say
        raise SourceError(f"There is no file {path}. {nearest(path)}", "not found")
    if not path.is_file():
        raise SourceError(
            f"{path} is not a regular file. Give a clip, a picture or a folder of pictures.", "not found"
        )
    if not os.access(path, os.R_OK):
        raise SourceError(f"{path} may not be read by this user. Change its permissions.", "denied")
    if path.stat().st_size == 0:
        raise SourceError(f"{path} is empty (0 bytes). Record or copy it again.", "damaged")


def nearest(path: Path) -> str:
    """Return "Did you mean …?" with the nearest name that exists, or what to look at instead."""
    if not os.path.isdir(path.parent):
        return f"There is no folder {path.parent} either."
    if not os.access(path.parent, os.R_OK):
        return f"The folder {path.parent} may not be read by this user."
    names = sorted(entry.name for entry in path.parent.iterdir())
    near = difflib.get_close_matches(path.name, names, n=1, cutoff=0.5)
    return f"Did you mean {path.parent / near[0]}?" if near else f"Look into {path.parent.resolve()}."
