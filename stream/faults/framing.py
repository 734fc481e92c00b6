"""What a stream of bytes is cut into, so that faults hit what is carried and never what carries it."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import Literal, Protocol

_LENGTH = re.compile(rb"(?i)(content-length:[ \t]*)\d+")
_LONGEST_RUN = 64


@dataclass(frozen=True, slots=True)
class Piece:
    """Some bytes on their way.

    Attributes:
        kind: `text` goes through untouched; a `packet` and a `part` (a picture with its own head) may vanish
            as a whole; a `block` has a length that was promised, so other bytes must take its place.
        frame: the bytes in front that say where it goes and how long it is.
        body: the bytes behind, which may be damaged.
    """

    kind: Literal["text", "packet", "part", "block"]
    frame: bytes
    body: bytes = b""

    def whole(self) -> bytes:
        """Return it as it came."""
        return self.frame + self.body

    def lost(self) -> bytes:
        """Return what is left where it vanishes: nothing, or as many zeros."""
        return self.frame + bytes(len(self.body)) if self.kind == "block" else b""

    def damaged(self, chance: random.Random) -> bytes:
        """Return it damaged: a picture is cut short, of anything else a run of bytes is overwritten."""
        if not self.body:
            return self.frame
        at = chance.randrange(len(self.body))
        if self.kind == "part":
            return _LENGTH.sub(rb"\g<1>%d" % at, self.frame) + self.body[:at]
        run = chance.randbytes(min(chance.randint(1, _LONGEST_RUN), len(self.body) - at))
        return self.frame + self.body[:at] + run + self.body[at + len(run) :]


class Framing(Protocol):
    """Cuts what one server says into pieces, however the bytes come in."""

    def __call__(self, data: bytes) -> list[Piece]:
        """Return the pieces that are complete with `data`."""
        ...

    def rest(self) -> bytes:
        """Return what is not: the server has hung up."""
        ...
