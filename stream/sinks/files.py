"""What every sink that writes files checks before anything runs."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from engines.errors import SinkError


def check_folder(folder: Path) -> None:
    """Make sure that files can be made in `folder`.

    Raises:
        SinkError: it is not there, is no folder, or is not writable.
    """
    if not folder.exists():
        raise SinkError(f"There is no folder '{folder}'. Make it first: mkdir -p '{folder}'")
    if not folder.is_dir():
        raise SinkError(f"'{folder}' is not a folder, so nothing can be written there. Name another output.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SinkError(f"The folder '{folder}' is not writable. Name another output.")


def check_output(path: Path, *, overwrite: bool) -> None:
    """Make sure that the file `path` can be written.

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


def reason(error: Exception) -> str:
    """Return what an error of the system or of FFmpeg means, without its number and path."""
    return getattr(error, "strerror", None) or str(error)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; one that lies there is replaced only by a whole one.

    Raises:
        OSError: it cannot be written; nothing is left behind.
    """
    partial = path.with_name(f".{path.name}.part")
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
