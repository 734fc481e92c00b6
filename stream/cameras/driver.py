"""The one seam to cameras: what the camera's process opens, grabs from and closes."""

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
        came: how many bytes the camera sent for it, before decoding.
    """

    image: npt.NDArray[np.uint8]
    came: int


class Damaged(Exception):
    """A frame came, but not whole: it is passed over and counted."""


class Refused(Exception):
    """The camera cannot be used.

    Args:
        kind: why, in a word.
        message: what the system says to it.
    """

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(message)
        self.kind: Kind = kind


class CameraDriver(Protocol):
    """A camera. Any call may block for ever or crash: it runs in a process that can be ended."""

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
        """Wait for the next picture, which nobody paints over later; None if there is none at the moment.

        Raises:
            Damaged: one came, but not whole.
            Refused, OSError: there will be none any more.
        """
        ...

    def close(self) -> None:
        """Give the camera back. Called once at the end, also after an error; not if the process is killed."""
        ...


def kind_of(error: Exception) -> Kind:
    """Return what is wrong with a camera whose `CameraDriver` raised `error`, in a word."""
    if isinstance(error, Refused):
        return error.kind
    return _KINDS.get(error.errno, "broken") if isinstance(error, OSError) else "broken"
