"""Bound what a client can hold open: uvicorn's protocols, with the limits that uvicorn has none of.

uvicorn waits for ever for a first request, and asyncio a minute for TLS to begin, without counting either.
So a connection is counted here as soon as it is accepted, and has a few seconds for TLS and headers together.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from websockets.http11 import Response
from websockets.typing import StatusLike

from neteyes.serve.access.connections import CONNECTION, PATIENCE, Connections, CountedConnection
from neteyes.serve.access.headers import FIXED
from neteyes.serve.access.https import HttpsContext
from neteyes.serve.access.rates import client_of
from neteyes.serve.websocket_protocol import CuttableWebSocket

MOST_UNSENT = 8 * 1024 * 1024
"""Bytes that wait to be sent over one WebSocket, beyond which its client is not reading."""


class BoundedHttp(H11Protocol):
    """Read requests over one connection, with limits on time and number.

    Attributes:
        counted: the connections of the server.
        https: encrypts; None for plain http.
    """

    counted: Connections
    https: HttpsContext | None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._connection: CountedConnection | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._securing: asyncio.Task[None] | None = None
        self._early = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection, and begin TLS."""
        plain = cast(asyncio.Transport, transport)
        peer = plain.get_extra_info("peername")
        connection = self.counted.enter(client_of(peer[0] if peer else None), plain.abort)
        if connection is None:
            plain.abort()
            return
        self._connection = connection
        self.app_state = {**self.app_state, CONNECTION: connection}
        self._timer = self.loop.call_later(PATIENCE, plain.abort)
        if self.https is None:
            super().connection_made(plain)
        else:
            self._securing = self.loop.create_task(self._secure(plain, self.https.current()))

    async def _secure(self, plain: asyncio.Transport, context: ssl.SSLContext) -> None:
        try:
            secure = await self.loop.start_tls(
                plain, self, context, server_side=True, ssl_handshake_timeout=PATIENCE, ssl_shutdown_timeout=1
            )
        except OSError:  # ssl's errors too: no TLS, or too slow, or gone
            secure = None
        if secure is None:
            self._left()
            plain.abort()
            return
        super().connection_made(secure)
        if self._early:
            early, self._early = self._early, b""
            self.data_received(early)

    def data_received(self, data: bytes) -> None:
        """Read a part of a request."""
        if self.transport is None:  # the first bytes may come with the end of TLS's handshake
            self._early += data
            return
        super().data_received(data)
        is_websocket = self.transport.get_protocol() is not self
        if is_websocket or (self.cycle is not None and not self.cycle.response_complete):
            self._stop_timer()
        elif self._timer is None:
            self._timer = self.loop.call_later(PATIENCE, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._left()
        if self.transport is not None:
            super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Refuse a request that is not HTTP, with the headers of every answer."""
        body = f"{msg}\n".encode("ascii")
        own = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body))]
        response = h11.Response(
            status_code=400, headers=[*own, (b"connection", b"close"), *FIXED], reason=b"Bad Request"
        )
        try:
            parts = [self.conn.send(part) for part in (response, h11.Data(data=body), h11.EndOfMessage())]
        except h11.LocalProtocolError:  # an answer is on its way already
            self.transport.abort()
            return
        self.transport.write(b"".join(filter(None, parts)))
        self.transport.close()

    def on_response_complete(self) -> None:
        """Close the connection, or wait for a further request."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._abort_soon()

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection over which no further request came."""
        super().timeout_keep_alive_handler()
        self._abort_soon()

    def _abort_soon(self) -> None:
        """Give a client some seconds to read the rest of its answer; asyncio would wait for ever."""
        self.loop.call_later(PATIENCE, self.transport.abort)

    def _left(self) -> None:
        self._stop_timer()
        if self._connection is not None:
            self.counted.leave(self._connection)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class BoundedWebSocket(CuttableWebSocket):
    """Read and write messages over one connection, and drop a client that does not read what is sent."""

    counted: Connections

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.conn.reject = _with_safe_headers(self.conn.reject)  # type: ignore[method-assign, assignment]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a connection over from HTTP; its handshake has the same few seconds to begin."""
        super().connection_made(transport)
        self.loop.call_later(PATIENCE, self._end_unless_begun)

    def _end_unless_begun(self) -> None:
        if not self.handshake_initiated:
            self.transport.abort()

    def handle_parser_exception(self) -> None:
        """End a connection that sends no valid frames, or no valid handshake."""
        if self.handshake_initiated:
            super().handle_parser_exception()
        else:
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Read a part of a message; pings are answered here."""
        super().data_received(data)
        if self.transport.get_write_buffer_size() > MOST_UNSENT:
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self.counted.leave(self.app_state[CONNECTION])
        super().connection_lost(exc)


def _with_safe_headers(
    reject: Callable[[StatusLike, str], Response],
) -> Callable[[StatusLike, str], Response]:
    """Return a function that refuses a handshake as `reject` does, with the headers that every answer has."""

    def refuse(status: StatusLike, text: str) -> Response:
        response = reject(status, text)
        for name, value in FIXED:
            response.headers[name.decode("ascii")] = value.decode("ascii")
        return response

    return refuse


def bounded_protocols(
    counted: Connections, https: HttpsContext | None
) -> tuple[type[BoundedHttp], type[BoundedWebSocket]]:
    """Return the protocols of one server, for uvicorn's `http` and `ws`.

    Args:
        counted: the connections of the server.
        https: encrypts; None for plain http.
    """
    http = type("Http", (BoundedHttp,), {"counted": counted, "https": https})
    return http, type("WebSocket", (BoundedWebSocket,), {"counted": counted})
