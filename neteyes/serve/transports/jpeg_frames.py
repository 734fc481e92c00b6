"""Carry one visit's frames over its WebSocket: one in flight, the newest only."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress

from engines.errors import UsageError
from neteyes.serve.messages import Error
from neteyes.serve.mirror import Mirror
from neteyes.serve.outbox import PageOutbox
from neteyes.serve.transports import jpeg_codec
from neteyes.serve.visitor_source import VisitorSource
from stream.frame import Frame, Image


class JpegEncoder:
    """Encode each frame of a mirror once, for all who watch; called on the loop's last thread only."""

    def __init__(self) -> None:
        self._view: Image | None = None
        self._data = b""

    def __call__(self, view: Image) -> bytes:
        """Return the view as JPEG."""
        if view is not self._view:
            self._view, self._data = view, jpeg_codec.encode(view)
        return self._data


class JpegFrames:
    """Take a visitor's JPEGs and send the mirror's views; everything but `_show` runs on the server's loop.

    A visitor with a camera gets an answer to each frame, and sends the next one after it. One who watches a
    shared input gets the newest frame after each `seen`.

    Args:
        mirror: the loop.
        source: takes the visitor's frames; None with a shared input.
        outbox: where frames and errors go.
        encoder: the mirror's own.
        pool: where JPEGs are decoded.
    """

    def __init__(
        self,
        mirror: Mirror,
        source: VisitorSource | None,
        outbox: PageOutbox,
        encoder: JpegEncoder,
        pool: Executor,
    ) -> None:
        self._mirror, self._source, self._outbox = mirror, source, outbox
        self._encoder, self._pool = encoder, pool
        self._loop = asyncio.get_running_loop()
        self._waiting: tuple[bytes, float] | None = None
        self._decoding: asyncio.Task[None] | None = None
        self._unwatch: Callable[[], None] | None = None
        self._wants = True

    def start(self) -> None:
        """Send frames from now on."""
        if self._unwatch is None:
            self._wants = True
            self._unwatch = self._mirror.watch(self._show)

    def stop(self) -> None:
        """Send no more frames, and take none."""
        if self._unwatch:
            self._unwatch()
            self._unwatch = None
        self._waiting = None

    def seen(self) -> None:
        """Send the next frame: the page has shown the one before."""
        self._wants = True

    def take(self, data: bytes) -> None:
        """Take a visitor's binary message, in the place of one that waits to be decoded."""
        if self._source is None or self._unwatch is None:
            return
        self._waiting = data, time.monotonic()
        if self._decoding is None or self._decoding.done():
            self._decoding = asyncio.create_task(self._decode(self._source))

    async def _decode(self, source: VisitorSource) -> None:
        while self._waiting:
            (data, received_at), self._waiting = self._waiting, None
            try:
                number, picture = jpeg_codec.unpack(data)
                image = await self._loop.run_in_executor(self._pool, jpeg_codec.decode, picture)
            except UsageError as error:
                self._outbox.say(Error("frame", str(error)))
            else:
                source.put(image, received_at, number)

    def _show(self, frame: Frame) -> None:
        if frame.view is None or not self._wants:
            return
        self._wants = self._source is not None
        data = self._encoder(frame.view)
        number = self._source.number_of(frame.index) if self._source else frame.index
        message = jpeg_codec.pack(number, 1000 * (time.monotonic() - frame.captured_at), data)
        with suppress(RuntimeError):  # the server's loop has ended
            self._loop.call_soon_threadsafe(self._outbox.show, message)
