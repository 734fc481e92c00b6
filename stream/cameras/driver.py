"""The interface of camera drivers, which a camera's process opens, grabs from and closes."""

import errno
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from engines.errors import Kind

_KINDS: dict[int | None, Kind] = {
    errno.EBUSY: "busy",
    errno.EACCES: "denied",
    errno.EPERM: "denied",
    errno.ENOENT: "not found",
    errno.ENODEV: "unplugged",
    errno.ENXIO: "unplugged",
}


class Shot(NamedTuple):
    """One picture from a camera.

    Attributes:
        image: uint8 (H, W, 3) BGR, contiguous; its size may change from shot to shot.
        came: number of bytes that the camera sent for it, before decoding.
    """

    image: npt.NDArray[np.uint8]
    came: int


class Damaged(Exception):
    """A frame came incomplete: it is skipped and counted."""


class Refused(Exception):
    """The camera cannot be used.

    Args:
        kind: the reason, in a word.
        message: the system's message.
    """

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(message)
        self.kind: Kind = kind


class CameraDriver(Protocol):
    """A driver of one camera. Any call may block for ever or crash, so it runs in a process of its own."""

    def open(self, device: str, width: int | None, height: int | None, rate: float | None) -> float | None:
        """Open the camera and ask it for a size and a rate; returns the frames a second that it will give.

        Called exactly once, first.

        Args:
            device: "/dev/video0", or a number outside Linux.
            width: pixels to ask for; the camera may give others.
            height: pixels to ask for.
            rate: frames a second to ask for.

        Raises:
            Refused, OSError: it cannot be opened.
        """
        ...

    def grab(self) -> Shot | None:
        """Wait for the next picture, a buffer that is not reused later; None if there is none at the moment.

        Raises:
            Damaged: a picture came incomplete.
            Refused, OSError: no more pictures will come.
        """
        ...

    def close(self) -> None:
        """Release the camera. Called once at the end, also after an error; not if the process is killed."""
        ...


def kind_of(error: Exception) -> Kind:
    """Return the kind of an error that a `CameraDriver` raised, in a word."""
    if isinstance(error, Refused):
        return error.kind
    return _KINDS.get(error.errno, "broken") if isinstance(error, OSError) else "broken"
