"""Split a stream of bytes into pieces, so that faults hit the payload and never the protocol."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import Literal, Protocol

_LENGTH = re.compile(rb"(?i)(content-length:[ \t]*)\d+")
_LONGEST_RUN = 64


@dataclass(frozen=True, slots=True)
class Piece:
    """Hold a piece of a stream of bytes.

    Attributes:
        kind: `text` is passed on unchanged; a `packet` and a `part` (a picture with its own header) may be
            dropped as a whole; a `block` has a declared length, so if it is dropped, zeros take its place.
        frame: the header bytes, which say where the piece goes and how long it is.
        body: the payload bytes, which may be damaged.
    """

    kind: Literal["text", "packet", "part", "block"]
    frame: bytes
    body: bytes = b""

    def whole(self) -> bytes:
        """Return the piece unchanged."""
        return self.frame + self.body

    def lost(self) -> bytes:
        """Return the bytes that remain if it is dropped: none, or as many zeros."""
        return self.frame + bytes(len(self.body)) if self.kind == "block" else b""

    def damaged(self, chance: random.Random) -> bytes:
        """Return it damaged: a picture is truncated; in any other kind, a run of bytes is overwritten."""
        if not self.body:
            return self.frame
        at = chance.randrange(len(self.body))
        if self.kind == "part":
            return _LENGTH.sub(rb"\g<1>%d" % at, self.frame) + self.body[:at]
        run = chance.randbytes(min(chance.randint(1, _LONGEST_RUN), len(self.body) - at))
        return self.frame + self.body[:at] + run + self.body[at + len(run) :]


class Framing(Protocol):
    """Split the bytes of one server into pieces, in whatever portions they come in."""

    def __call__(self, data: bytes) -> list[Piece]:
        """Return the pieces that are complete with `data`."""
        ...

    def rest(self) -> bytes:
        """Return the bytes of the incomplete piece; call it when the server has hung up."""
        ...
