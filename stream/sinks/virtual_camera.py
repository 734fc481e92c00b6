"""Show the view on a virtual camera, where calls and streaming programs look for a webcam."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Protocol

from engines.errors import SinkError
from stream.fit import Size, letterbox
from stream.frame import Frame, Image
from stream.sinks.encode import even
from stream.views.layouts import view_of


class VirtualDevice(Protocol):
    """A camera device to write to; the only interface between neteyes and the system's device."""

    def send(self, image: Image) -> None:
        """Show a picture, uint8 (H, W, 3) BGR of the size that the device was opened with.

        Raises:
            RuntimeError: the device is gone.
        """
        ...

    def close(self) -> None:
        """Free the device. Called exactly once."""
        ...


DeviceOpener = Callable[[str, Size, float], VirtualDevice]
"""Opens a device by its path, for pictures of size (H, W) and a rate a second; raises RuntimeError."""


class VirtualCameraSink:
    """Show each frame's view on a virtual camera.

    The first view decides the size, since programs that watch cannot be told of another one. Later views of
    another size are letterboxed into it.
    """

    keeps_all = False

    def __init__(self, path: str, *, rate: float | None = None, opener: DeviceOpener | None = None) -> None:
        """Remember the device; it is opened with the first frame.

        Args:
            path: such as /dev/video10.
            rate: frames a second that the camera reports.
            opener: opens the device; by default pyvirtualcam.
        """
        self._path, self._rate = path, rate or 30.0
        self._open = opener or _open_device
        self._device: VirtualDevice | None = None
        self._size: Size = (0, 0)

    def write(self, frame: Frame) -> bool:
        """Show one frame.

        Raises:
            SinkError: the camera cannot be opened, or was removed.
        """
        view = view_of(frame)
        try:
            if self._device is None:
                self._size = even(view.shape[:2])
                self._device = self._open(self._path, self._size, self._rate)
            self._device.send(letterbox(view, self._size))
        except (RuntimeError, OSError, ValueError) as error:
            raise SinkError(
                f"Cannot show anything on the camera {self._path}: {error}. Is it a real one, or does "
                f"another program write to it? A virtual one is made by: {_loopback(self._path)}"
            ) from error
        return True

    def close(self) -> None:
        """Free the camera."""
        if self._device:
            self._device.close()


def check_device(path: str) -> None:
    """Check that there is a device to write to.

    Raises:
        SinkError: pyvirtualcam is not installed or does not load, or the device is missing or not writable.
    """
    if find_spec("pyvirtualcam") is None:
        raise SinkError(
            f"{path} as an output wants pyvirtualcam: pip install 'neteyes[camera]'. "
            f"It also wants a virtual camera: {_loopback(path)}"
        )
    _load()
    if not os.path.exists(path):
        raise SinkError(f"There is no camera {path}. Make a virtual one: {_loopback(path)}")
    if not os.access(path, os.W_OK):
        raise SinkError(f"{path} is not writable. Join its group: sudo usermod -aG video $USER")


def _loopback(path: str) -> str:
    """Return the command that makes a virtual camera at this path: /dev/video10 has the number 10."""
    number = path.removeprefix("/dev/video")
    asked = f" video_nr={number}" if number.isdecimal() else ""
    return f"sudo modprobe v4l2loopback exclusive_caps=1 card_label=neteyes{asked}"


def _open_device(path: str, size: Size, rate: float) -> VirtualDevice:
    pyvirtualcam = _load()
    height, width = size
    fmt = pyvirtualcam.PixelFormat.BGR
    device: VirtualDevice = pyvirtualcam.Camera(width, height, rate, fmt=fmt, device=path)
    return device


def _load() -> ModuleType:
    try:
        return import_module("pyvirtualcam")
    except ImportError as error:
        raise SinkError(
            f"pyvirtualcam does not load: {error}. Install it anew: "
            "pip install --force-reinstall pyvirtualcam"
        ) from error
