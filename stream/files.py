"""Check files before anything runs, and write them whole or not at all."""

from __future__ import annotations

import difflib
import errno
import os
from contextlib import suppress
from pathlib import Path

from engines.errors import SinkError, SourceError


def require_file(path: Path) -> None:
    """Check that `path` is a regular, readable file that is not empty.

    Raises:
        SourceError: it is not; for a missing file the message has the nearest name in its folder.
    """
    if not os.path.exists(path):  # also False if permissions forbid the look
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
    """Return "Did you mean …?" with the nearest existing name, or a hint where to look instead."""
    if not os.path.isdir(path.parent):
        return f"There is no folder {path.parent} either."
    if not os.access(path.parent, os.R_OK):
        return f"The folder {path.parent} may not be read by this user."
    names = sorted(entry.name for entry in path.parent.iterdir())
    near = difflib.get_close_matches(path.name, names, n=1, cutoff=0.5)
    return f"Did you mean {path.parent / near[0]}?" if near else f"Look into {path.parent.resolve()}."


def check_folder(folder: Path) -> None:
    """Check that files can be made in `folder`.

    Raises:
        SinkError: it does not exist, is no folder, or is not writable.
    """
    if not folder.exists():
        raise SinkError(f"There is no folder '{folder}'. Make it first: mkdir -p '{folder}'")
    if not folder.is_dir():
        raise SinkError(f"'{folder}' is not a folder, so nothing can be written there. Name another output.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SinkError(f"The folder '{folder}' is not writable. Name another output.")


def check_output(path: Path, *, overwrite: bool) -> None:
    """Check that the file `path` can be written.

    Raises:
        SinkError: it exists and may not be overwritten, is a folder, or its folder is not writable.
    """
    check_folder(path.parent)
    if path.is_dir():
        raise SinkError(f"'{path}' is a folder. Name a file, or end it in / for a folder of pictures.")
    if path.exists() and not overwrite:
        raise SinkError(f"'{path}' exists. Give --overwrite to replace it, or name another output.")
    if path.exists() and not os.access(path, os.W_OK):
        raise SinkError(f"'{path}' is not writable. Name another output.")


def check_name(path: Path) -> None:
    """Check that a file's name is short enough for `write_whole`, which first writes `.NAME.part`.

    Raises:
        SinkError: the name is too long.
    """
    try:
        os.lstat(_partial(path))
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise SinkError(
                f"The name '{path.name}' is too long: while the file is written, '.' and '.part' are around "
                "it. Shorten it."
            ) from error


def reason(error: Exception) -> str:
    """Return the message of an error of the system or of FFmpeg, without its number and path."""
    return getattr(error, "strerror", None) or str(error)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; an existing file is replaced only by a whole one.

    Raises:
        OSError: the file cannot be written; no part of it is left behind.
    """
    partial = _partial(path)
    with suppress(FileNotFoundError):
        partial.unlink()  # a link that somebody has put there would lead out of the folder
    try:
        with partial.open("xb") as file:
            file.write(data)
        os.replace(partial, path)
    except OSError:
        with suppress(OSError):
            partial.unlink()
        raise


def _partial(path: Path) -> Path:
    """Return the path of a file while it is being written."""
    return path.with_name(f".{path.name}.part")
