"""Control a camera's process from the reader: start it, ask for frames, take its records, and end it."""

from __future__ import annotations

import json
import logging
import os
import queue
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engines.errors import SourceError
from stream.cameras.wire import HEAD, MessageKind
from stream.frame import Image
from stream.resilience.killable import Child

log = logging.getLogger(__name__)

DRIVER = "stream.cameras.opencv:OpenCvDriver"
"""The `CameraDriver` that the process uses, as "module:class"."""

_ROOM = 1 << 20
"""Bytes that the pipe holds, if the system lets us choose: so a frame comes in few pieces."""

_GRACE = 0.8
"""Seconds that the process may take to end by itself, and once more to end when it is killed."""

_hanging: dict[str, Child] = {}
"""Processes that could not be killed, by camera: while one exists, any other would hang, too."""

_ONE_CLOCK = sys.platform == "linux"
"""Whether all processes of this machine certainly read the same `time.monotonic()`."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record from the camera's process.

    Attributes:
        what: the kind of record.
        captured_at: `time.monotonic()` seconds, of a frame.
        image: uint8 (H, W, 3) BGR, of a frame; owned by the consumer.
        came: number of bytes that came from the camera for it.
        facts: further values; see `MessageKind`.
    """

    what: MessageKind
    captured_at: float = 0.0
    image: Image | None = None
    came: int = 0
    facts: dict[str, Any] = field(default_factory=dict)


class CameraProcess:
    """A process that reads one camera; no call here waits for the camera itself.

    Args:
        device: which camera.
        width: pixels to ask for.
        height: pixels to ask for.
        rate: frames a second to ask for.
        driver: the `CameraDriver` to use, as "module:class"; OpenCV's by default.

    Raises:
        SourceError: the system cannot start a process, or the last one for this camera cannot be killed.
    """

    def __init__(
        self,
        device: str,
        *,
        width: int | None = None,
        height: int | None = None,
        rate: float | None = None,
        driver: str | None = None,
    ) -> None:
        command = ["-m", "stream.cameras.worker", f"--driver={driver or DRIVER}", f"--device={device}"]
        asked = {"width": width, "height": height, "rate": rate}
        command += [f"--{name}={value}" for name, value in asked.items() if value]
        # JPEG libraries print a line for many a frame; errors come as records.
        loud = log.isEnabledFor(logging.DEBUG)
        hangs = _hanging.get(device)
        if hangs and not hangs.has_ended:
            raise SourceError(
                f"The driver of {device} hangs, and an earlier process ({hangs.pid}) in it. Unplug the "
                "camera, or restart the machine.",
                "timeout",
            )
        self._device = device
        try:
            self._child = Child(command, job="reads a camera", env=_environment(), loud=loud)
        except OSError as error:
            raise SourceError(
                f"No process can be started to read the camera {device}: {error.strerror}. Close other "
                "programs."
            ) from error
        self._records: queue.SimpleQueue[Record] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._listen, name="camera", daemon=True)
        self._thread.start()

    def ask(self) -> None:
        """Ask for the newest frame; `next` returns it once it is here. Frames come only when asked for."""
        with suppress(OSError):  # if the process is gone, the other pipe says so
            self._child.inp.write(b"\n")

    def next(self, timeout: float) -> Record | None:
        """Return the next record of the process, or None if none came for `timeout` seconds."""
        with suppress(queue.Empty):
            return self._records.get(timeout=timeout)
        return None

    @property
    def fate(self) -> str:
        """Return how the process ended, for a message."""
        return self._child.fate

    def close(self) -> None:
        """End the process within two seconds, even if it hangs, and release its thread and pipes."""
        if self._child.end(_GRACE):
            self._thread.join()
            self._child.out.close()
        else:
            _hanging[self._device] = self._child

    def _listen(self) -> None:
        """Read records from the pipe until it ends, on a thread, so that timeouts work on any system."""
        if sys.platform == "linux":
            import fcntl

            with suppress(OSError):  # the system limits the large pipes of a user
                fcntl.fcntl(self._child.out.fileno(), fcntl.F_SETPIPE_SZ, _ROOM)
        head = bytearray(HEAD.size)
        while self._fill(memoryview(head)):
            number, captured_at, height, width, came, length = HEAD.unpack(head)
            what = MessageKind(number)
            if what is MessageKind.FRAME:
                image = np.empty((height, width, 3), np.uint8)
                if not self._fill(image.data.cast("B")):
                    break
                if not _ONE_CLOCK:
                    captured_at = time.monotonic()
                self._records.put(Record(what, captured_at, image, came))
            else:
                text = bytearray(length)
                if not self._fill(memoryview(text)):
                    break
                self._records.put(Record(what, facts=json.loads(text) if text else {}))
        self._records.put(Record(MessageKind.ENDED))

    def _fill(self, room: memoryview) -> bool:
        """Read until `room` is full; False if the pipe ended before."""
        while room:
            count = self._child.out.readinto(room)
            if not count:
                return False
            room = room[count:]
        return True


def _environment() -> dict[str, str]:
    """Return the process's environment: it finds the same modules as this process, in the same order."""
    paths = [path or os.getcwd() for path in sys.path]
    # The process calculates nothing: threads for that would only cost its start.
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OPENBLAS_NUM_THREADS": "1"}
