"""Read the frames of an input one after another, for programs."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from engines.errors import UsageError
from neteyes.options import option_types
from stream.frame import Frame, Source
from stream.mailbox import Closed, Mailbox
from stream.sources import Asked, open_feed

JOIN_SECONDS = 3.0
"""Seconds that a live source may take to end: no wait in one outlasts 2.5 s."""


def open_frames(
    uri: str | int | Path = "scene://duel",
    *,
    pace: bool = True,
    loop: bool = False,
    width: int | None = None,
    height: int | None = None,
    rate: float | None = None,
    retry: int | None = None,
) -> FrameReader:
    """Open an input, and return the reader of its frames.

    Args:
        uri: as on the command line: `scene://duel`, a camera's number or `/dev/video0`, `camera://NAME`,
            `screen://`, `rtsp://…`, `http://…`, a clip, a picture, a folder or glob of pictures.
        pace: give a clip or scene at its own speed, or as fast as its frames are taken.
        loop: begin a clip or pictures anew at their end, for ever.
        width: pixels to ask of a camera.
        height: pixels to ask of a camera.
        rate: frames a second to ask of a camera or screen; pictures a second (2 by default).
        retry: how often in a row a camera or stream that is gone is tried again; None for ever.

    Raises:
        UsageError: an unknown scheme, or an option that is invalid or that this input does not have.
        SourceError: a file that is missing or not what it should be, or no such camera.

    >>> with open_frames("scene://duel?size=64x48&seconds=0.1", pace=False) as scene:
    ...     for frame in scene:
    ...         print(frame.index, frame.image.shape, frame.image.dtype, round(frame.pts, 3))
    0 (48, 64, 3) uint8 0.0
    1 (48, 64, 3) uint8 0.033
    2 (48, 64, 3) uint8 0.067
    """
    asked = Asked(pace=pace, loop=loop, width=width, height=height, rate=rate, sound=False)
    types = option_types()
    for name in ("pace", "loop", "width", "height", "rate"):
        types[name if name == "pace" else f"input_{name}"].check(name, asked.get(name))
    types["retry"].check("retry", retry)
    return FrameReader(open_feed(str(uri), retry, **asked))


class FrameReader:
    """The frames of one input: a context manager, and an iterator that ends with the input.

    A live input is read all the time, and an iteration gives its newest frame: `frame.index` has gaps if the
    program is slower. A live input that is gone is opened again; the iteration waits meanwhile. Any other
    input gives each of its frames.

    Args:
        source: is read and closed.

    Attributes:
        live: whether the input goes on by itself, as a camera does.
        mirrored: whether people expect to see it flipped left to right, as in a mirror: local cameras. The
            frames themselves are not.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.live, self.mirrored = source.live, source.mirrored
        self._stop = threading.Event()
        self._frames: Iterator[Frame] | None = None
        self._capture = _Capture(source, self._stop) if self.live else None
        # Also where nobody closes the reader: a thread that still decodes at its end would break the process.
        end = self._capture.close if self._capture else source.close
        self._end = weakref.finalize(self, _close, self._stop, end)

    @property
    def rate(self) -> float | None:
        """Return the frames a second, if the input tells them."""
        return self._source.rate

    @property
    def frame_count(self) -> int | None:
        """Return the number of frames, if the input tells it."""
        return self._source.frame_count

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Frame:
        """Return the next frame, or the newest of a live input; wait for it.

        Raises:
            SourceError: the input broke.
            UsageError: the reader is closed.
        """
        if not self._end.alive:
            raise UsageError("This input is closed. Open it again: with neteyes.open(…) as frames.")
        if self._frames is None:
            self._frames = self._capture.frames() if self._capture else self._source.frames(self._stop)
        return next(self._frames)

    def close(self) -> None:
        """Free the device or file; another call does nothing."""
        if not self._capture:
            self._frames = None  # which ends the generator
        self._end()


def _close(stop: threading.Event, end: Callable[[], object]) -> None:
    stop.set()
    end()


class _Capture:
    """Read a live source on a thread of its own, and keep the newest frame.

    Args:
        source: is closed by the thread, or by `close` if there was none.
        stop: ends the thread.
    """

    def __init__(self, source: Source, stop: threading.Event) -> None:
        self._source, self._stop = source, stop
        self._newest: Mailbox[Frame] = Mailbox(1, "latest")
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None

    def frames(self) -> Iterator[Frame]:
        """Begin to read, and yield the newest frame again and again.

        Raises:
            SourceError: the source broke.
        """
        self._thread = threading.Thread(target=self._read, name="capture", daemon=True)
        self._thread.start()
        try:
            while True:
                frame = self._newest.get()
                assert frame is not None
                yield frame
        except Closed:
            if self._error:
                raise self._error from None

    def close(self) -> None:
        """Wait until the source is closed, after `stop` has been set."""
        self._newest.close()
        if self._thread:
            self._thread.join(JOIN_SECONDS)
        else:
            self._source.close()

    def _read(self) -> None:
        try:
            for frame in self._source.frames(self._stop):
                if frame.is_picture and not self._newest.put(frame):
                    break
        except BaseException as error:
            self._error = error
        finally:
            self._source.close()
            self._newest.finish()
