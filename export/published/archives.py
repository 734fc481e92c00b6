"""Unpack one member of an archive from the internet, and only if no member is unsafe.

The checks are our own: `tarfile`'s data filter came with Python 3.11.4, and Debian 12 has 3.11.2; it also
renames absolute paths instead of refusing them, and has no limit to the size.
"""

import os
import shutil
import tarfile
import zlib
from pathlib import Path, PurePosixPath, PureWindowsPath

from engines.errors import CheckpointError

LARGEST = 4 * 2**30
"""The greatest size of an unpacked member, in bytes: ten times that of the largest published net."""


def take_member(archive: Path, member: str, folder: Path) -> Path:
    """Unpack one member of a tar archive, with any compression.

    Every member is checked. If one is a link or a device, or has a path out of the folder, the whole archive
    is refused: an archive of nets has no reason to hold such a member.

    Args:
        archive: the file.
        member: the wanted member's path; in the archive, further folders may precede it.
        folder: the folder for the file, which keeps its own name; made if there is none.

    Returns:
        The path of the unpacked file. After an error no file is left.

    Raises:
        CheckpointError: the file is no archive, is cut off, is unsafe, or lacks that member.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = PurePosixPath(member).parts
    target = folder / wanted[-1]
    partial = folder / f".{wanted[-1]}.partial"
    found = False
    try:
        with tarfile.open(archive) as tar:
            for entry in tar:
                _check(entry, archive)
                if entry.isreg() and PurePosixPath(entry.name).parts[-len(wanted) :] == wanted and not found:
                    source = tar.extractfile(entry)
                    assert source is not None  # it is a regular file
                    with source, partial.open("wb") as sink:
                        shutil.copyfileobj(source, sink, 2**20)
                    found = True
        if found:
            os.replace(partial, target)
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise CheckpointError(
            f"{archive} cannot be unpacked: {error}. Delete it and get it again."
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    if not found:
        raise CheckpointError(f"{archive} does not hold {member}. Get it again from where it was published.")
    return target


def _check(entry: tarfile.TarInfo, archive: Path) -> None:
    """Refuse an archive with an entry that a plain archive of checkpoints has no reason to hold."""
    name = PurePosixPath(entry.name)
    fault = None
    if name.is_absolute() or PureWindowsPath(entry.name).drive or "\\" in entry.name:
        fault = "its path is absolute, or a path of another system"
    elif ".." in name.parts:
        fault = "its path leads out of the folder"
    elif entry.issym() or entry.islnk():
        fault = f"it is a link to '{entry.linkname}'"
    elif not (entry.isreg() or entry.isdir()):
        fault = "it is a device or a pipe"
    elif entry.size > LARGEST or entry.issparse():
        fault = "it would unpack to more than any net has"
    if fault:
        raise CheckpointError(
            f"{archive} is not safe to unpack, so nothing of it was: '{entry.name}': {fault}. "
            "Delete it and get it again from where it was published."
        )
