"""Archives from elsewhere: one member is taken out, and only if no member means harm.

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
"""Bytes that a member may unpack to: ten times what the largest published net has."""


def take_member(archive: Path, member: str, folder: Path) -> Path:
    """Unpack one member of a tar archive, whatever it is compressed with.

    Every member is looked at, and one that is a link, a device, or leads out of the folder condemns the
    archive: whoever made it meant something else than to hand over a net.

    Args:
        archive: the file.
        member: the wanted member's path; folders of the archive may stand before it.
        folder: where it is put, under its own name; made if need be.

    Returns:
        The unpacked file. On any error nothing is left behind.

    Raises:
        CheckpointError: not an archive, cut off, hostile, or without that member.
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
    """Refuse an entry that a plain archive of checkpoints has no reason to hold."""
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
