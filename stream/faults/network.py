"""Faults of an RTSP or HTTP stream: its client is led through our proxy."""

from __future__ import annotations

import errno
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace

from engines.errors import SourceError, UsageError
from stream.faults.body import Body
from stream.faults.interleaved import Interleaved
from stream.faults.pieces import Framing
from stream.faults.proxy import HOST, Proxy
from stream.faults.schedule import Faults
from stream.frame import Frame, Source
from stream.sound import Sound
from stream.uri import Uri

_PORTS = {"rtsp": 554, "http": 80}
_POLL = 0.05


class FaultyNetwork:
    """A network source that reaches its server by way of a proxy, which comes and goes with it.

    Args:
        faults: what happens on the way.
        open_inner: opens the stream of a Uri that leads to the proxy.
        timeout: seconds within which the server must be found.

    Raises:
        UsageError: the stream would not come over TCP.
    """

    live = True
    mirrored = False
    frame_count: int | None = None
    sound: Sound | None = None  # what is heard goes where the inner sources were told to put it

    def __init__(self, faults: Faults, open_inner: Callable[[Uri], Source], *, timeout: float = 5.0) -> None:
        uri = faults.inner
        is_rtsp = uri.scheme == "rtsp"
        if is_rtsp and uri.options.get("transport", "tcp") != "tcp":
            raise UsageError(f"{uri} cannot be made to fail over UDP: faults happen to TCP. Drop transport.")
        self._faults, self._timeout = faults, timeout
        self._place = (uri.host.strip("[]"), uri.port or _PORTS[uri.scheme])
        self._named = uri.host if uri.port is None else f"{uri.host}:{uri.port}"
        self._framing: Callable[[], Framing] = Interleaved if is_rtsp else Body
        self._open_inner = open_inner
        self._proxy: Proxy | None = None
        self._source: Source | None = None
        self.rate: float | None = None

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """See `stream.frame.Source.frames`.

        Raises:
            SourceError: the server cannot be reached, or what the source raises; the server is called by its
                own name in it, not by the proxy's.
        """
        faults = self._faults
        faults.start()
        self._proxy = proxy = Proxy(faults, self._framing, self._named)
        if faults.hole.left(faults.now):
            proxy.plug()
        elif not faults.refuse.left(faults.now):
            server = self._find(stop)
            if server is None:
                return
            proxy.open(server)
        near = replace(faults.inner, host=HOST, port=proxy.port)
        try:
            self._source = source = self._open_inner(replace(near, text=near.url))
            for frame in source.frames(stop):
                self.rate = source.rate
                yield frame
        except SourceError as error:
            raise SourceError(self._as_typed(str(error), proxy), error.kind) from None

    def close(self) -> None:
        """Hang up, and give the port back."""
        try:
            if self._source:
                self._source.close()
        finally:
            if self._proxy:
                self._proxy.close()

    def _find(self, stop: threading.Event) -> tuple[str, int] | None:
        """Return the server's address, having knocked there; None if `stop` was set first."""
        found: Future[tuple[str, int]] = Future()
        # Looking up a name has no limit: the thread is left behind, and ends by itself.
        asked = (self._place, self._timeout, found)
        threading.Thread(target=_knock, args=asked, name="find", daemon=True).start()
        deadline = time.monotonic() + self._timeout
        while not found.done() and not stop.is_set() and time.monotonic() < deadline:
            stop.wait(_POLL)
        if stop.is_set():
            return None
        uri, port = self._faults.inner, self._place[1]
        try:
            return found.result(timeout=0)
        except socket.gaierror:
            raise SourceError(
                f"{uri}: no machine is called {uri.host!r}. Check the name, or give its address.",
                "unreachable",
            ) from None
        except ConnectionRefusedError:
            raise SourceError(
                f"{uri} refused the connection: nothing listens on port {port} there. Check the port, and "
                "that the server runs.",
                "refused",
            ) from None
        except TimeoutError:
            raise SourceError(
                f"{uri}: nobody answers within {self._timeout:.0f} s. Check the address, and that the "
                "machine is on.",
                "timeout",
            ) from None
        except OSError as error:
            what = errno.errorcode.get(error.errno or 0, "unknown error")
            raise SourceError(
                f"{uri} cannot be reached: {error.strerror or what}. Check the network.", "unreachable"
            ) from None

    def _as_typed(self, message: str, proxy: Proxy) -> str:
        port = f"port {proxy.port}"
        return message.replace(proxy.place, self._named).replace(port, f"port {self._place[1]}")


def _knock(place: tuple[str, int], timeout: float, found: Future[tuple[str, int]]) -> None:
    """Connect and hang up: tells the address, and that a server is there."""
    try:
        with socket.create_connection(place, timeout=timeout) as connection:
            found.set_result(connection.getpeername()[:2])
    except OSError as error:
        found.set_exception(error)
