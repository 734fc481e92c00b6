"""Cameras through OpenCV: V4L2 on Linux, the system's own way elsewhere. Imported by the camera's process."""

import errno
import os
import sys

import cv2
import numpy as np

from stream.cameras.driver import Refused, Shot
from stream.cameras.jpeg import JpegDecoder
from stream.cameras.v4l2 import is_busy

# OpenCV waits 10 s for a frame otherwise. It reads this when it first waits, so on import is in time.
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "2")

_LINUX = sys.platform == "linux"
_MJPEG = cv2.VideoWriter.fourcc(*"MJPG")


class OpenCvDriver:
    """A `Device` that is a `cv2.VideoCapture`.

    Where the camera sends JPEGs and V4L2 hands them out undecoded, they are decoded here: OpenCV would show
    many a truncated one as if it were whole.
    """

    def __init__(self) -> None:
        cv2.setNumThreads(1)  # the nets need the cores more than the conversion of one frame does
        self._capture: cv2.VideoCapture | None = None
        self._decode = JpegDecoder()

    def open(self, device: str, width: int | None, height: int | None, rate: float | None) -> float | None:
        """As `Device.open`."""
        if _LINUX:  # OpenCV does not tell why it cannot
            os.close(os.open(device, os.O_RDWR | os.O_NONBLOCK))
        where = int(device) if device.isdecimal() else device
        capture = self._capture = cv2.VideoCapture(where, cv2.CAP_V4L2 if _LINUX else cv2.CAP_ANY)
        if not capture.isOpened():
            capture.release()
            if _LINUX and is_busy(device):
                raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
            raise Refused("no video", "OpenCV finds no video in it")
        if width or height or rate:
            # Over USB 2, raw frames beyond 640x480 come at a few a second; it must be asked before the size.
            capture.set(cv2.CAP_PROP_FOURCC, _MJPEG)
        for key, value in (
            (cv2.CAP_PROP_FRAME_WIDTH, width),
            (cv2.CAP_PROP_FRAME_HEIGHT, height),
            (cv2.CAP_PROP_FPS, rate),
        ):
            if value:
                capture.set(key, value)
        if _LINUX and int(capture.get(cv2.CAP_PROP_FOURCC)) == _MJPEG:
            capture.set(cv2.CAP_PROP_CONVERT_RGB, 0)
        return capture.get(cv2.CAP_PROP_FPS) or None

    def grab(self) -> Shot | None:
        """As `Device.grab`."""
        assert self._capture is not None
        taken, image = self._capture.read()
        if not taken or image is None:
            return None
        data = np.asarray(image, np.uint8)
        if data.ndim == 3 and data.shape[2] == 3:
            return Shot(data, data.nbytes)
        return Shot(self._decode(data.reshape(-1)), data.nbytes)

    def close(self) -> None:
        """As `Device.close`."""
        if self._capture is not None:
            self._capture.release()
