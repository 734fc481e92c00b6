"""Split HTTP responses (RFC 9112) into headers, blocks of a body, and the pictures of a camera's body.

Our own code, since `http.client` returns a body without the bytes around it, and these must pass unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from stream.faults.framing import Piece

BLOCK = 1400
"""Bytes of a body that fail together: about the payload of one network packet."""

_LONGEST_HEAD = 65536
_LONGEST_PART = 1 << 24
_LENGTH = re.compile(rb"(?im)^content-length:[ \t]*(\d+)")
_CHUNKED = re.compile(rb"(?im)^transfer-encoding:.*chunked")
_PARTS = re.compile(rb"(?im)^content-type:[ \t]*multipart/[^\r]*boundary=\"?([^\";\r]+)")
_BODILESS = re.compile(rb"HTTP/\d\.\d (?:1\d\d|204|304)")


class Body:
    """Split the bytes of a web server into headers and the blocks, or pictures, of its bodies."""

    def __init__(self) -> None:
        self._held = b""
        self._doing: Callable[[], Piece | None] = self._head
        self._left = 0
        self._boundary = re.compile(b"")
        self._parts = 0

    def __call__(self, data: bytes) -> list[Piece]:
        """See `stream.faults.framing.Framing`."""
        self._held += data
        pieces = []
        while self._held and (piece := self._doing()):
            pieces.append(piece)
        return pieces

    def rest(self) -> bytes:
        """See `stream.faults.framing.Framing`."""
        return self._held

    def _take(self, length: int) -> bytes:
        taken, self._held = self._held[:length], self._held[length:]
        return taken

    def _head(self) -> Piece | None:
        """Take the header of a response, which says what kind of body follows."""
        end = self._held.find(b"\r\n\r\n")
        if end < 0:
            return self._through() if len(self._held) > _LONGEST_HEAD else None
        head = self._take(end + 4)
        length, parts = _LENGTH.search(head), _PARTS.search(head)
        if _BODILESS.match(head):
            pass
        elif _CHUNKED.search(head):
            self._doing = self._chunk
        elif length:
            self._left, self._doing = int(length[1]), self._counted
        elif parts:
            self._boundary = re.compile(rb"\r\n-{2,}" + re.escape(parts[1].strip().lstrip(b"-")))
            self._doing, self._parts = self._part, 0
        else:
            self._doing = self._endless
        return Piece("text", head)

    def _counted(self) -> Piece | None:
        """Take a body with the length that the header declares; another header follows it."""
        if not self._left:
            self._doing = self._head
            return self._head()
        length = min(BLOCK, self._left)
        if len(self._held) < length:
            return None
        self._left -= length
        return Piece("block", b"", self._take(length))

    def _endless(self) -> Piece | None:
        """Take a body that ends when the server hangs up; it is live, so nothing is held back."""
        return Piece("block", b"", self._take(BLOCK))

    def _chunk(self) -> Piece | None:
        """Take one chunk of a body (RFC 9112, 7.1): its size in hexadecimal, then the bytes; 0 is the end."""
        end = self._held.find(b"\r\n")
        if end < 0:
            return self._through() if len(self._held) > _LONGEST_HEAD else None
        try:
            size = int(self._held[:end].partition(b";")[0], 16)
        except ValueError:
            size = -1
        if not 0 <= size <= _LONGEST_PART:
            return self._through()
        if not size:
            self._doing = self._trailer
            return self._trailer()
        if len(self._held) < end + 2 + size:
            return None
        self._doing = self._chunk_end
        return Piece("block", self._take(end + 2), self._take(size))

    def _chunk_end(self) -> Piece | None:
        """Take the line break after a chunk."""
        if len(self._held) < 2:
            return None
        self._doing = self._chunk
        return Piece("text", self._take(2))

    def _trailer(self) -> Piece | None:
        """Take the end of a chunked body: the size 0, fields if any, and an empty line."""
        end = self._held.find(b"\r\n\r\n")
        if end < 0:
            return None
        self._doing = self._head
        return Piece("text", self._take(end + 4))

    def _part(self) -> Piece | None:
        """Take one picture of a camera's body, with the line and the fields in front of it."""
        end = self._held.find(b"\r\n\r\n", 2)
        found = _LENGTH.search(self._held, 0, end) if end >= 0 else None
        if found:
            length = end + 4 + int(found[1])
        else:
            border = self._boundary.search(self._held, end + 4) if end >= 0 else None
            length = border.start() if border else _LONGEST_PART + 1
        if len(self._held) >= length:
            part = self._take(length)
            self._parts += 1
            # Players detect the format by the first picture, so it stays unchanged.
            return Piece("part" if self._parts > 1 else "text", part[: end + 4], part[end + 4 :])
        return self._through() if len(self._held) > _LONGEST_PART else None

    def _through(self) -> Piece:
        """Pass on all bytes unchanged, since they do not match the header; nothing is held back for ever."""
        self._doing = self._through
        return Piece("text", self._take(len(self._held)))
