"""Read the length that a clip's own headers declare: the one sure sign that its end is missing.

Our own code reads the headers, since FFmpeg plays a truncated file up to the cut and raises no error.
"""

from pathlib import Path
from typing import BinaryIO

_BOXES = {b"ftyp", b"styp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot"}


def declared_length(path: Path) -> int | None:
    """Return the bytes that an MP4, Matroska, WebM or AVI file's own headers declare.

    None where they declare none: other formats, and files that may be cut anywhere (fragmented, live
    Matroska).
    """
    with path.open("rb") as file:
        head = file.read(12)
        if head[4:8] in _BOXES:
            return _boxes(file, path.stat().st_size)
        if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
            return _riff(file, path.stat().st_size)
        if head[:4] == b"\x1aE\xdf\xa3":
            return _segment(file)
    return None


def _boxes(file: BinaryIO, size: int) -> int:
    """Return the length of an MP4 file (ISO/IEC 14496-12).

    Boxes follow each other, each with its size in front; 1 means a 64-bit size, 0 means up to the end.
    """
    at = 0
    while at < size:
        file.seek(at)
        head = file.read(16)
        if len(head) < 8 or not (head[4:8].isascii() and head[4:8].decode().isprintable()):
            break  # other data was appended; players skip it
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length < 8:
            break
        at += length
    return at


def _riff(file: BinaryIO, size: int) -> int | None:
    """Return the length of an AVI file; None if its writer never filled the length in (it is 0 then).

    The file is one RIFF list; beyond 1 GB, several lists follow each other.
    """
    at = 0
    while at < size:
        file.seek(at)
        head = file.read(8)
        length = int.from_bytes(head[4:8], "little")
        if len(head) < 8 or head[:4] != b"RIFF":
            break
        if length in (0, 0xFFFFFFFF):
            return None
        at += 8 + length + length % 2
    return at - 1 if at == size + 1 else at  # the padding of the last list may be left out


def _segment(file: BinaryIO) -> int | None:
    """Return the length of a Matroska or WebM file (RFC 8794); None if unknown.

    An EBML header comes first, then one segment; a size of only one-bits means unknown.
    """
    file.seek(4)
    header = _vint(file)
    if header is None:
        return None
    file.seek(header, 1)
    if file.read(4) != b"\x18S\x80g":
        return None
    segment = _vint(file)
    return None if segment is None else file.tell() + segment


def _vint(file: BinaryIO) -> int | None:
    first = file.read(1)
    if not first or not first[0]:
        return None
    length = 9 - first[0].bit_length()
    value = int.from_bytes(bytes([first[0] & (0xFF >> length)]) + file.read(length - 1), "big")
    return None if value == (1 << 7 * length) - 1 else value
