"""Local cameras, through OpenCV: V4L2 on Linux, the system's own way elsewhere."""

import errno
import os
import sys
import threading
import time
from collections.abc import Iterator

import cv2
import numpy as np

from engines.errors import SourceError
from stream.frame import Frame
from stream.sources.v4l2 import SYSFS, Camera, holders, is_busy, v4l2_cameras
from stream.uri import Uri

__all__ = ["Camera", "CameraSource", "list_cameras"]

# OpenCV waits 10 s for a frame otherwise. It reads this when it first waits, so on import is in time.
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "2")

_LINUX = sys.platform == "linux"
_PROBED = 5
_BREATH = 0.02
"""Seconds between two tries of a camera that answers at once that it has nothing."""


def list_cameras() -> list[Camera]:
    """List the cameras of this machine.

    Outside Linux the first few numbers are tried, which lights their lamps.
    """
    if _LINUX:
        return v4l2_cameras()
    found = []
    for index in range(_PROBED):
        capture = cv2.VideoCapture(index)
        if capture.isOpened():
            found.append(Camera(index, str(index), f"camera {index} ({capture.getBackendName()})"))
        capture.release()
    return found


class CameraSource:
    """A local camera; it is always read at its own speed, so nothing piles up in the driver."""

    live = True
    mirrored = True
    frame_count: int | None = None

    def __init__(
        self,
        uri: Uri,
        *,
        width: int | None = None,
        height: int | None = None,
        rate: float | None = None,
        timeout: float = 5.0,
    ) -> None:
        """Find the camera; `frames` opens it.

        Args:
            uri: `v4l2` with a number or device, or `camera` with a part of a name.
            width: pixels to ask for.
            height: pixels to ask for.
            rate: frames a second to ask for; the camera may give others.
            timeout: seconds without a frame after which it counts as broken.

        Raises:
            SourceError: there is no such camera; the message lists those there are.
        """
        self._device = _find(uri)
        self._size = (width, height)
        self.rate = rate
        self._timeout = timeout
        self._capture: cv2.VideoCapture | None = None

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """Yield what the camera sees; `pts` counts from the first frame's arrival.

        Raises:
            SourceError: the camera is busy, may not be used, or gives no frames.
        """
        capture = self._capture = self._open()
        first, heard, index = None, time.monotonic(), 0
        while not stop.is_set():
            grabbed = capture.grab()
            now = time.monotonic()
            taken, image = capture.retrieve() if grabbed else (False, None)
            if not taken or image is None:
                if now - heard > self._timeout or not _exists(self._device):
                    raise SourceError(self._why_silent(index))
                stop.wait(_BREATH)
                continue
            heard = now
            first = now if first is None else first
            yield Frame(index, now, now - first, np.asarray(image, np.uint8))
            index += 1

    def close(self) -> None:
        """Give the camera back."""
        if self._capture is not None:
            self._capture.release()

    def _open(self) -> cv2.VideoCapture:
        if _LINUX:
            _check_access(self._device)
        where = int(self._device) if self._device.isdecimal() else self._device
        capture = cv2.VideoCapture(where, cv2.CAP_V4L2 if _LINUX else cv2.CAP_ANY)
        if not capture.isOpened():
            capture.release()
            raise SourceError(self._why_silent(0))
        width, height = self._size
        if width or height or self.rate:
            # Over USB 2, raw frames beyond 640x480 come at a few a second; it must be asked before the size.
            capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        for key, value in (
            (cv2.CAP_PROP_FRAME_WIDTH, width),
            (cv2.CAP_PROP_FRAME_HEIGHT, height),
            (cv2.CAP_PROP_FPS, self.rate),
        ):
            if value:
                capture.set(key, value)
        self.rate = capture.get(cv2.CAP_PROP_FPS) or None
        return capture

    def _why_silent(self, count: int) -> str:
        if not _exists(self._device):
            return f"The camera {self._device} was unplugged after {count} frames. {_cameras()}"
        if count:
            return f"The camera {self._device} stopped giving frames after {count}. Plug it in again."
        if _LINUX and is_busy(self._device):
            return _busy(self._device)
        return (
            f"The camera {self._device} gives no frames. Plug it into another port, or ask for a smaller "
            f"size. {_cameras()}"
        )


def _find(uri: Uri) -> str:
    """Return the device, or the number outside Linux, that a URI means."""
    if uri.scheme == "camera":
        matches = [camera for camera in list_cameras() if uri.path.lower() in camera.name.lower()]
        if not matches:
            raise SourceError(f"No camera has {uri.path!r} in its name. {_cameras()}")
        if len(matches) > 1 and len({camera.name for camera in matches}) > 1:
            names = ", ".join(f"{camera.device} {camera.name!r}" for camera in matches)
            raise SourceError(f"Several cameras have {uri.path!r} in their name: {names}. Give more of it.")
        return matches[0].device
    device = f"/dev/video{uri.path}" if _LINUX and uri.path.isdecimal() else uri.path
    if not _exists(device):
        raise SourceError(f"There is no camera {device}. {_cameras()}")
    return device


def _exists(device: str) -> bool:
    return device.isdecimal() or os.path.exists(device)


def _check_access(device: str) -> None:
    try:
        os.close(os.open(device, os.O_RDWR | os.O_NONBLOCK))
    except PermissionError:
        raise SourceError(
            f"The camera {device} may only be used by the group `video`. Type `sudo usermod -aG video $USER` "
            "and log in again."
        ) from None
    except OSError as error:
        if error.errno == errno.EBUSY:
            raise SourceError(_busy(device)) from None
        raise SourceError(f"The camera {device} cannot be opened: {error.strerror}. {_cameras()}") from None


def _busy(device: str) -> str:
    users = ", ".join(holders(device)) or "another program"
    return f"The camera {device} is used by {users}. Close that first."


def _cameras() -> str:
    cameras = list_cameras() if _LINUX else []
    if not cameras:
        hint = f" (nothing in {SYSFS})" if _LINUX else ""
        return f"This machine shows no camera{hint}. Plug one in, or take scene://duel."
    return "There are: " + ", ".join(f"{camera.device} {camera.name!r}" for camera in cameras) + "."
