"""Inject faults into an RTSP or HTTP stream: it is read through our own proxy."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from engines.errors import SourceError, UsageError
from stream.faults.framing import Framing
from stream.faults.http_body import Body
from stream.faults.proxy import HOST, Proxy
from stream.faults.rtsp_interleaved import Interleaved
from stream.faults.schedule import Faults
from stream.frame import Frame, Source
from stream.resilience.probe import port_of, reach
from stream.sound import Sound
from stream.uri import Uri


class FaultyNetwork:
    """A network source that reads its server through a proxy, which lives as long as the source.

    Args:
        faults: the faults between server and neteyes.
        open_inner: opens a stream from the Uri of the proxy.
        timeout: seconds within which the server must be found.

    Raises:
        UsageError: the stream would not come over TCP.
    """

    live = True
    mirrored = False
    frame_count: int | None = None
    sound: Sound | None = None  # the inner sources have their own place for sound

    def __init__(self, faults: Faults, open_inner: Callable[[Uri], Source], *, timeout: float = 5.0) -> None:
        uri = faults.inner
        is_rtsp = uri.scheme == "rtsp"
        if is_rtsp and uri.options.get("transport", "tcp") != "tcp":
            raise UsageError(f"{uri} cannot be made to fail over UDP: faults happen to TCP. Drop transport.")
        self._faults, self._timeout = faults, timeout
        self._named = uri.host if uri.port is None else f"{uri.host}:{uri.port}"
        self._framing: Callable[[], Framing] = Interleaved if is_rtsp else Body
        self._open_inner = open_inner
        self._proxy: Proxy | None = None
        self._source: Source | None = None
        self.rate: float | None = None

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """See `stream.frame.Source.frames`.

        Raises:
            SourceError: the server cannot be reached, or an error of the inner source; the message names the
                server, not the proxy.
        """
        faults = self._faults
        faults.start()
        self._proxy = proxy = Proxy(faults, self._framing, self._named)
        if faults.hole.left(faults.now):
            proxy.plug()
        elif not faults.refuse.left(faults.now):
            found = reach(faults.inner, time.monotonic() + self._timeout, stop.is_set, SourceError)
            if found is None:
                return
            proxy.open(found[4][:2])
        near = replace(faults.inner, host=HOST, port=proxy.port)
        try:
            self._source = source = self._open_inner(replace(near, text=near.url))
            for frame in source.frames(stop):
                self.rate = source.rate
                yield frame
        except SourceError as error:
            raise SourceError(self._as_typed(str(error), proxy), error.kind) from None

    def close(self) -> None:
        """Close the connection, and release the port."""
        try:
            if self._source:
                self._source.close()
        finally:
            if self._proxy:
                self._proxy.close()

    def _as_typed(self, message: str, proxy: Proxy) -> str:
        port = f"port {proxy.port}"
        return message.replace(proxy.place, self._named).replace(port, f"port {port_of(self._faults.inner)}")
