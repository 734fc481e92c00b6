"""Read cameras through OpenCV: V4L2 on Linux, else the system's own API. The camera's process imports it."""

import errno
import os
import sys

import cv2
import numpy as np

from stream.cameras.driver import Refused, Shot
from stream.cameras.jpeg import JpegDecoder
from stream.cameras.v4l2 import is_busy

# Otherwise OpenCV waits 10 s for a frame. It reads this when it first waits, so on import is in time.
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "2")

_LINUX = sys.platform == "linux"
_MJPEG = cv2.VideoWriter.fourcc(*"MJPG")


class OpenCvDriver:
    """A `CameraDriver` that uses `cv2.VideoCapture`.

    If the camera sends JPEGs and V4L2 gives them undecoded, they are decoded here: OpenCV would show many
    truncated ones as if they were complete.
    """

    def __init__(self) -> None:
        cv2.setNumThreads(1)  # the nets need the cores more than the conversion of frames
        self._capture: cv2.VideoCapture | None = None
        self._decode = JpegDecoder()

    def open(self, device: str, width: int | None, height: int | None, rate: float | None) -> float | None:
        """As `CameraDriver.open`."""
        if _LINUX:  # opening raises the reason, which OpenCV does not give
            os.close(os.open(device, os.O_RDWR | os.O_NONBLOCK))
        where = int(device) if device.isdecimal() else device
        capture = self._capture = cv2.VideoCapture(where, cv2.CAP_V4L2 if _LINUX else cv2.CAP_ANY)
        if not capture.isOpened():
            capture.release()
            if _LINUX and is_busy(device):
                raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
            raise Refused("no video", "OpenCV finds no video in it")
        if width or height or rate:
            # Over USB 2, raw frames beyond 640x480 come at a few a second, so ask for JPEGs. OpenCV needs the
            # format before the size.
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
        """As `CameraDriver.grab`."""
        assert self._capture is not None
        taken, image = self._capture.read()
        if not taken or image is None:
            return None
        data = np.asarray(image, np.uint8)
        if data.ndim == 3 and data.shape[2] == 3:
            return Shot(data, data.nbytes)
        return Shot(self._decode(data.reshape(-1)), data.nbytes)

    def close(self) -> None:
        """As `CameraDriver.close`."""
        if self._capture is not None:
            self._capture.release()
