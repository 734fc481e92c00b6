"""The reader's end of a camera's process: started, asked, listened to, and ended for certain."""

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
"""The `Device` that the process drives, as "module:class"."""

_ROOM = 1 << 20
"""Bytes that the pipe holds, where that can be chosen: a frame comes in few pieces."""

_GRACE = 0.8
"""Seconds that the process may take to end by itself, and once more to end when it is killed."""

_hanging: dict[str, Child] = {}
"""By camera, the process that could not be killed: while it is there, every other would hang beside it."""

_ONE_CLOCK = sys.platform == "linux"
"""Whether all processes of this machine read the same `time.monotonic()` for sure."""


@dataclass(frozen=True, slots=True)
class Record:
    """What the process told.

    Attributes:
        what: see `MessageKind`.
        captured_at: `time.monotonic()` seconds, of a frame.
        image: uint8 (H, W, 3) BGR, of a frame; the taker's own.
        came: how many bytes came from the camera for it.
        facts: what else was told; see `MessageKind`.
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
        driver: the `Device` to drive, as "module:class"; OpenCV's by default.

    Raises:
        SourceError: the system starts no more processes, or the last one for this camera cannot be killed.
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
                "camera, or start the machine anew.",
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
        """Ask for the newest frame; `next` returns it once it is here. No frame comes unasked."""
        with suppress(OSError):  # if it is gone, the other pipe says so
            self._child.inp.write(b"\n")

    def next(self, timeout: float) -> Record | None:
        """Return what the process told next, or None if it told nothing for `timeout` seconds."""
        with suppress(queue.Empty):
            return self._records.get(timeout=timeout)
        return None

    @property
    def fate(self) -> str:
        """How the process ended, for a message."""
        return self._child.fate

    def close(self) -> None:
        """End the process, within two seconds and whatever it is at, and free all that belongs to it."""
        if self._child.end(_GRACE):
            self._thread.join()
            self._child.out.close()
        else:
            _hanging[self._device] = self._child

    def _listen(self) -> None:
        """Take records off the pipe until it ends: the job of a thread, so that limits hold on any system."""
        if sys.platform == "linux":
            import fcntl

            with suppress(OSError):  # a user has only so many large pipes
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
    """Return what the process is given: it finds the modules that this one finds, in the same order."""
    paths = [path or os.getcwd() for path in sys.path]
    # The process calculates nothing: threads for that would only cost its start.
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OPENBLAS_NUM_THREADS": "1"}
