"""List the cameras of this machine, on any system."""

import sys

import cv2

from stream.cameras.v4l2 import Camera, v4l2_cameras, v4l2_nodes

LINUX = sys.platform == "linux"
_PROBED = 5


def list_cameras() -> list[Camera]:
    """List the cameras of this machine.

    Outside Linux the first few numbers are opened, which lights the lamps of the cameras.
    """
    return v4l2_cameras() if LINUX else _probe()


def camera_nodes() -> list[Camera]:
    """List the candidates, on Linux without opening any: a driver that hangs would hang this call."""
    return v4l2_nodes() if LINUX else _probe()


def _probe() -> list[Camera]:
    found = []
    for index in range(_PROBED):
        capture = cv2.VideoCapture(index)
        if capture.isOpened():
            found.append(Camera(index, str(index), f"camera {index} ({capture.getBackendName()})"))
        capture.release()
    return found
