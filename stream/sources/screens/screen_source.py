"""A screen or a window as a source: its own pixels, at a rate of ours."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import closing

from engines.errors import SourceError
from stream.frame import Frame, Image
from stream.sound import Sound
from stream.sources.screens.capture_area import MonitorArea, ScreenTarget, WindowArea
from stream.sources.screens.grab import Grab
from stream.sources.screens.screen_access import open_display
from stream.x11.x_server import X11

_TRIES = 10
"""Failed reads in a row that are tolerated: a window may shrink between a look and a read."""

_LONGEST = 2.0
"""Seconds that one read may take."""


class ScreenSource:
    """A screen, a window or a region as a source. Its pixels are never scaled.

    Attributes:
        rate: frames a second.
        size: (height, width) of what is captured at the start; a window may change it.
    """

    live = True
    mirrored = False
    sound: Sound | None = None
    frame_count: int | None = None

    def __init__(self, target: ScreenTarget, *, rate: float | None = None) -> None:
        """Find the screen or window; `frames` reads it.

        Args:
            target: what is captured.
            rate: frames a second where the input names none; 30 if None.

        Raises:
            SourceError: there is no such display, monitor or window, or it may not be read.
        """
        self._target = target
        self._rate = target.options.rate or rate or 30.0
        self.rate: float | None = self._rate
        with closing(self._connect()) as server:
            try:
                with closing(target.open(server)) as found:
                    area = found.look()
            except OSError as error:
                raise _gone(server, error) from error
        self.size: tuple[int, int] | None = (area.inside.height, area.inside.width)

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """Yield the newest pixels at the rate; `pts` counts seconds from the first frame.

        Raises:
            SourceError: the window was closed or minimised, the monitor is gone, or the display is.
        """
        with closing(self._connect()) as server:
            try:
                with closing(AreaReader(server.name, self._target.open(server))) as reader:
                    yield from self._paced(reader, stop)
            except OSError as error:
                raise _gone(server, error) from error

    def close(self) -> None:
        """Do nothing: `frames` closes what it opens."""

    def _paced(self, reader: AreaReader, stop: threading.Event) -> Iterator[Frame]:
        if not reader.starts(stop):
            return
        start, index = time.monotonic(), 0
        while not stop.wait(max(start + index / self._rate - time.monotonic(), 0.0)):
            index = max(index, math.floor((time.monotonic() - start) * self._rate))
            captured_at = time.monotonic()
            image = reader.read()
            if image is not None:
                yield Frame(index, captured_at, captured_at - start, image)
            index += 1

    def _connect(self) -> X11:
        return open_display(whole_screen=self._target.finder is None)


class AreaReader:
    """Read the pixels of an area, also after it has moved or got another size.

    Args:
        display: the display's name.
        area: knows the area.

    Raises:
        OSError: the system cannot start another process.
    """

    def __init__(self, display: str, area: MonitorArea | WindowArea) -> None:
        self._display, self._area = display, area
        self._grab = Grab(display)
        self._failed = 0

    def starts(self, stop: threading.Event) -> bool:
        """Wait until pixels can be read; False if `stop` was set first.

        Raises:
            SourceError: the process that reads them cannot be used.
        """
        try:
            return self._grab.starts(stop)
        except OSError as error:
            raise self._unreadable(error) from error

    def read(self) -> Image | None:
        """Return the pixels, uint8 (H, W, 3) BGR; None if they could not be read this time.

        Raises:
            SourceError: what is captured is gone, or cannot be read at all.
            OSError: the X server is gone.
        """
        area = self._area.look(anew=self._failed > 0)
        try:
            image = self._grab.read(area, _LONGEST)
        except TimeoutError as error:
            raise SourceError(
                f"The display '{self._display}' has not answered for {_LONGEST:g} s. Does its desktop hang?",
                "timeout",
            ) from error
        except OSError as error:
            self._failed += 1
            if self._failed == _TRIES or isinstance(error, BrokenPipeError):
                raise self._unreadable(error) from error
            return None
        self._failed = 0
        return image

    def close(self) -> None:
        """End the process that reads."""
        self._grab.close()
        self._area.close()

    def _unreadable(self, error: OSError) -> SourceError:
        return SourceError(
            f"The display '{self._display}' does not give its pixels: {error}. Try another window, or a "
            "region of the screen.",
            "broken",
        )


def _gone(server: X11, error: OSError) -> SourceError:
    return SourceError(
        f"The display '{server.name}' has ended ({error}). Log in to its desktop again.", "ended"
    )
