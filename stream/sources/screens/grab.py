"""Control the grabbing process: ask it for pixels, and get an answer to each request within a timeout."""

from __future__ import annotations

import json
import os
import select
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import numpy as np

from stream.frame import Image
from stream.resilience.killable import Child
from stream.sources.screens.capture_area import Area
from stream.sources.screens.grab_worker import ANSWER

_ROOM = 1 << 20
"""Bytes that the pipe holds, if the system lets us choose: so a picture comes in few pieces."""

_START = 10.0
"""Seconds that the process may take to start: small computers load libraries slowly."""

_LOOK = 0.05
"""Seconds between two checks of `stop` while it starts."""

_BYE = 0.3
"""Seconds that the process has to end by itself."""


class Grab:
    """A process of its own that reads pixels of a display, as often as it is asked.

    Args:
        display: the display's name.

    Raises:
        OSError: the system cannot start another process.
    """

    def __init__(self, display: str) -> None:
        self._display = display
        # Run by its path: it imports nothing of neteyes, nor OpenCV.
        self._child = Child([str(Path(__file__).with_name("grab_worker.py"))], job="reads the screen")
        os.set_blocking(self._child.out.fileno(), False)
        if sys.platform == "linux":
            import fcntl

            with suppress(OSError):  # the system limits the large pipes of a user
                fcntl.fcntl(self._child.out.fileno(), fcntl.F_SETPIPE_SZ, _ROOM)

    def starts(self, stop: threading.Event) -> bool:
        """Wait until the process has started; False if `stop` was set first.

        Raises:
            TimeoutError: it has not started in time.
            BrokenPipeError: the process has ended.
        """
        deadline = time.monotonic() + _START
        while not select.select([self._child.out], [], [], _LOOK)[0]:
            if stop.is_set():
                return False
            if time.monotonic() > deadline:
                raise TimeoutError(f"the process that reads it has not started within {_START:g} s")
        self._fill(memoryview(bytearray(ANSWER.size)), deadline)
        return True

    def read(self, area: Area, limit: float) -> Image:
        """Return the pixels as they are now, uint8 (H, W, 3) BGR.

        Args:
            area: what is read.
            limit: timeout in seconds.

        Raises:
            TimeoutError: the display does not answer.
            BrokenPipeError: the process has ended.
            OSError: the pixels cannot be read: the window is gone, or has shrunk.
        """
        deadline = time.monotonic() + limit
        self._child.inp.write(json.dumps([self._display, area.window, *area.inside]).encode() + b"\n")
        head = bytearray(ANSWER.size)
        self._fill(memoryview(head), deadline)
        height, width, length = ANSWER.unpack(head)
        if not height:
            words = bytearray(length)
            self._fill(memoryview(words), deadline)
            raise OSError(words.decode())
        image = np.empty((height, width, 3), np.uint8)
        self._fill(image.data.cast("B"), deadline)
        return image

    def close(self) -> None:
        """Let the process end, or kill it, within a second."""
        self._child.end(_BYE)
        self._child.out.close()

    def _fill(self, room: memoryview, deadline: float) -> None:
        """Read until `room` is full."""
        out = self._child.out
        while room:
            if not select.select([out], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise TimeoutError("it does not answer")
            count = out.readinto(room)
            if not count:
                self._child.end(_BYE)
                raise BrokenPipeError(f"the process that reads it ended with {self._child.fate}")
            room = room[count:]
