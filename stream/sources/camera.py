"""Local cameras as sources. Each is read in its own process, so that a hanging driver blocks nothing else."""

import threading
import time
from collections.abc import Iterator

from stream.cameras.camera_errors import CameraErrors
from stream.cameras.finder import CameraFinder, present
from stream.cameras.listing import list_cameras
from stream.cameras.process import CameraProcess, Record
from stream.cameras.v4l2 import Camera
from stream.cameras.wire import MessageKind
from stream.frame import Frame
from stream.sound import Sound
from stream.sources.reconnect.status import FeedTally
from stream.uri import Uri

__all__ = ["Camera", "CameraSource", "list_cameras"]

_LOOK = 0.05
"""Seconds between two checks of `stop`, and of whether the camera is still there, while no frame comes."""

_START = 10.0
"""Seconds that the camera's process may take to start: small computers load OpenCV slowly."""


class CameraSource:
    """A local camera as a source, always read at its own speed, so no frames queue in driver or pipe."""

    live = True
    mirrored = True
    sound: Sound | None = None
    frame_count: int | None = None

    def __init__(
        self,
        uri: Uri,
        *,
        width: int | None = None,
        height: int | None = None,
        rate: float | None = None,
        timeout: float = 5.0,
        tally: FeedTally | None = None,
        finder: CameraFinder | None = None,
        driver: str | None = None,
    ) -> None:
        """Find the camera; `frames` opens it.

        Args:
            uri: `v4l2` with a number or device, or `camera` with a part of a name.
            width: pixels to ask for.
            height: pixels to ask for.
            rate: frames a second to ask for; the camera may give others.
            timeout: seconds that opening may take, and seconds without a whole frame after which the camera
                counts as broken.
            tally: where bytes and damaged frames are counted.
            finder: knows the camera from an earlier opening.
            driver: the `CameraDriver` to read it with, as "module:class"; OpenCV's if None.

        Raises:
            SourceError: there is no such camera; the message lists the cameras that were found.
        """
        self.rate = rate
        self._finder = finder or CameraFinder(uri)
        self._device = self._finder.find()
        self._size, self._timeout, self._driver = (width, height), timeout, driver
        self._tally = tally or FeedTally()
        self._process: CameraProcess | None = None

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """Yield the camera's frames; `pts` counts seconds from the first frame's arrival.

        Raises:
            SourceError: the camera is busy, forbidden to this user, gone, or gives no frames.
        """
        width, height = self._size
        process = CameraProcess(self._device, width=width, height=height, rate=self.rate, driver=self._driver)
        self._process = process
        watch, first, index = _Watch(self._timeout), 0.0, 0
        process.ask()
        while not stop.is_set():
            record = process.next(_LOOK)
            watch.take(record)
            if watch.over:
                raise watch.error(self._trouble(), index)
            if record is None:
                if not present(self._device):
                    raise self._trouble().gone(index)
            elif record.what is MessageKind.OPENED:
                self.rate = record.facts["rate"]
            elif record.what is MessageKind.DAMAGED:
                self._tally.lost()
            elif record.what is MessageKind.FAILED:
                self.close()  # otherwise the error would name our own process as the one that uses the camera
                raise self._trouble().refused(record.facts["kind"], record.facts["message"], index)
            elif record.what is MessageKind.ENDED:
                self.close()
                raise self._trouble().crashed(process.fate)
            elif record.image is not None:
                self._tally.received(record.came)
                if not index:
                    first = record.captured_at
                    self._finder.remember(self._device)
                yield Frame(index, record.captured_at, record.captured_at - first, record.image)
                index += 1
                watch.begin()  # the time that the consumer took for the frame is not silence of the camera
                process.ask()

    def close(self) -> None:
        """Release the camera, within two seconds, even if its driver hangs."""
        if self._process is not None:
            self._process.close()
            self._process = None

    def _trouble(self) -> CameraErrors:
        return CameraErrors(self._device, self._finder.hint())


class _Watch:
    """Measure how long a camera has been silent, and remember whether its process started and it opened.

    Args:
        timeout: seconds of silence after which the camera counts as broken.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._started = self._opened = False
        self.begin()

    def begin(self) -> None:
        """Measure silence from now on."""
        self._heard = time.monotonic()
        self._damaged = False

    def take(self, record: Record | None) -> None:
        """Take the next record of the camera's process; damaged frames do not end the silence."""
        if record is None:
            return
        if record.what is MessageKind.DAMAGED:
            self._damaged = True
        else:
            self.begin()
        self._started = True
        self._opened = self._opened or record.what is MessageKind.OPENED

    @property
    def over(self) -> bool:
        """Return whether the camera has been silent for too long."""
        return time.monotonic() - self._heard > (self._timeout if self._started else _START)

    def error(self, trouble: CameraErrors, count: int) -> Exception:
        """Return the error to raise after `count` frames and too long a silence."""
        if not self._opened:
            return trouble.shut(self._timeout)
        return trouble.damaged() if self._damaged else trouble.silent(count)
