"""Split RTSP over TCP (RFC 2326): responses in text, and between them RTP and RTCP packets framed by `$`."""

from __future__ import annotations

import re

from stream.faults.framing import Piece

_HEAD = 4
"""Length of the header in front of a packet (10.12): `$`, the channel, and two bytes of length."""

_RTP = 12
"""Length of a packet's RTP header (RFC 3550, 5.1). It stays whole: without its number, a packet is lost."""

_TEXT = re.compile(rb"[A-Z]")
_LENGTH = re.compile(rb"(?im)^content-length:[ \t]*(\d+)")
_LONGEST = 65536


class Interleaved:
    """Split the bytes of an RTSP server into responses and packets."""

    def __init__(self) -> None:
        self._held = b""
        self._lost = False

    def __call__(self, data: bytes) -> list[Piece]:
        """See `stream.faults.framing.Framing`."""
        self._held += data
        pieces = []
        while self._held and (length := self._length()):
            taken, self._held = self._held[:length], self._held[length:]
            pieces.append(self._piece(taken))
        return pieces

    def rest(self) -> bytes:
        """See `stream.faults.framing.Framing`."""
        return self._held

    def _length(self) -> int:
        """Return the length of the first piece in bytes; 0 while it is not complete."""
        held = self._held
        if self._lost:
            return len(held)
        if held[:1] == b"$":
            length = _HEAD + int.from_bytes(held[2:_HEAD], "big")
            return length if _HEAD <= len(held) >= length else 0
        end = held.find(b"\r\n\r\n")
        if not _TEXT.match(held) or (end < 0 and len(held) > _LONGEST):
            self._lost = True  # not RTSP: pass it on rather than hold it back for ever
            return len(held)
        if end < 0:
            return 0
        found = _LENGTH.search(held, 0, end)
        length = end + 4 + (int(found[1]) if found else 0)
        return length if len(held) >= length else 0

    def _piece(self, taken: bytes) -> Piece:
        # RTCP has the odd channels and stays whole: without it there is no clock, and no fault to be seen.
        if self._lost or taken[:1] != b"$" or taken[1] % 2:
            return Piece("text", taken)
        return Piece("packet", taken[: _HEAD + _RTP], taken[_HEAD + _RTP :])
