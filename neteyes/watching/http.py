"""Serve a run's own pages by a small web server: on this machine only, unless a token guards it.

One thread serves all connections. A client that sends slowly or nothing is disconnected, and if there are too
many connections, the oldest one; so no client can block the run, or keep others out. This is our own code
because prometheus_client's server has no token, and starts a thread for each connection, without a limit.
"""

from __future__ import annotations

import asyncio
import errno
import hmac
import logging
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Self

from engines.errors import SinkError
from neteyes.watching.addresses import Address, is_local_name
from stream.redact import words_of

log = logging.getLogger(__name__)

PATIENCE = 5.0
"""Seconds that one request may take, from the connection to the last byte of its answer."""

MOST = 32
"""The most open connections; one more closes the one that has been open longest."""

HEAD = 8192
"""The most bytes of a request line and its headers."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Represent the answer of a page.

    Attributes:
        body: UTF-8 text.
        status: HTTP status.
        kind: media type.
        headers: further headers: their names, in small letters, and values.
    """

    body: bytes
    status: HTTPStatus = HTTPStatus.OK
    kind: str = "text/plain; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()


class PageServer:
    """Answer GET and HEAD requests inside the context.

    Args:
        address: the address to listen on.
        pages: the function that answers each path; called on the server's thread, so it should be quick.
        token: the secret that every request must bring as `Authorization: Bearer TOKEN`; without one, only
            requests to a local name of this machine are answered.
    """

    def __init__(
        self, address: Address, pages: Mapping[str, Callable[[], Answer]], token: str | None = None
    ) -> None:
        self.address = address
        self._pages, self._token = pages, token
        self._calls: dict[asyncio.Task[None], None] = {}
        self._over = asyncio.Event()

    def __enter__(self) -> Self:
        """Start to listen.

        Raises:
            SinkError: the port is taken, or the address is not one of this machine's.
        """
        listening = bind(self.address)
        self.address = Address(self.address.host, listening.getsockname()[1])
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, args=(listening,), name="listener", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(2.5)

    def _run(self, listening: socket.socket) -> None:
        try:
            self._loop.run_until_complete(self._listen(listening))
        finally:
            self._loop.close()

    async def _listen(self, listening: socket.socket) -> None:
        server = await asyncio.start_server(self._serve, sock=listening, limit=HEAD)
        await self._over.wait()
        server.close()
        calls = asyncio.all_tasks() - {asyncio.current_task()}
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        call = asyncio.current_task()
        assert call is not None
        if len(self._calls) >= MOST:
            oldest = next(iter(self._calls))
            del self._calls[oldest]
            oldest.cancel()
        self._calls[call] = None
        try:
            async with asyncio.timeout(PATIENCE):
                try:
                    answer = self._answer(await reader.readuntil(b"\r\n\r\n"))
                except asyncio.LimitOverrunError:
                    answer = _refusal(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
                writer.write(answer)
                writer.close()
                await writer.wait_closed()
        except (TimeoutError, EOFError, OSError, asyncio.CancelledError):
            pass  # the client left, or was too slow
        finally:
            self._calls.pop(call, None)
            writer.transport.abort()

    def _answer(self, head: bytes) -> bytes:
        """Return the whole answer to one request."""
        line, *rest = head.decode("latin-1").rstrip("\r\n").split("\r\n")
        match line.split(" "):
            case [("GET" | "HEAD") as method, target, version] if version.startswith("HTTP/1."):
                pass
            case [_, _, version] if version.startswith("HTTP/1."):
                return _refusal(HTTPStatus.METHOD_NOT_ALLOWED, "Allow: GET, HEAD")
            case _:
                return _refusal(HTTPStatus.BAD_REQUEST)
        parts = (header.partition(":") for header in rest)
        headers = {name.strip().lower(): value.strip() for name, _, value in parts}
        if refused := self._refused(headers):
            return refused
        page = self._pages.get(target.partition("?")[0])
        if page is None:
            return _refusal(HTTPStatus.NOT_FOUND)
        try:
            answer = page()
        except Exception as error:
            log.warning("A page could not be made: %s", words_of(error))
            return _refusal(HTTPStatus.INTERNAL_SERVER_ERROR)
        return _message(answer, body=method == "GET")

    def _refused(self, headers: Mapping[str, str]) -> bytes | None:
        """Return the refusal of a request without permission; None if it has permission."""
        if self._token is not None:
            scheme, _, given = headers.get("authorization", "").partition(" ")
            if scheme.lower() == "bearer" and hmac.compare_digest(
                given.strip().encode("latin-1"), self._token.encode()
            ):
                return None
            return _refusal(HTTPStatus.UNAUTHORIZED, 'WWW-Authenticate: Bearer realm="neteyes"')
        # A web page on the Internet may have a host name that points here, so that a browser on this machine
        # reads our pages for it (DNS rebinding). Its requests have that name in the Host header.
        return (
            None
            if is_local_name(headers.get("host", "localhost"))
            else _refusal(HTTPStatus.MISDIRECTED_REQUEST)
        )


def bind(address: Address) -> socket.socket:
    """Return a socket that listens on an address.

    Raises:
        SinkError: the port is taken, or the address is not one of this machine's.
    """
    # `localhost` is not looked up, because a resolver might return another machine's address.
    host = "127.0.0.1" if address.host.lower() == "localhost" else address.host
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, address.port), family=family)
    except OSError as error:
        mend = {
            errno.EADDRINUSE: "The port is taken, maybe by another neteyes. Name another, or stop that.",
            errno.EADDRNOTAVAIL: "The address is not one of this machine's.",
            errno.EACCES: "Ports below 1024 are for root. Name a higher one.",
        }
        reason = mend.get(error.errno or 0, f"{error.strerror or error}. Name another address.")
        raise SinkError(f"Cannot listen on {address}. {reason}") from error


def _refusal(status: HTTPStatus, *headers: str) -> bytes:
    return _message(Answer(f"{status.phrase}\n".encode(), status), *headers)


def _message(answer: Answer, *headers: str, body: bool = True) -> bytes:
    head = [
        f"HTTP/1.1 {answer.status.value} {answer.status.phrase}",
        f"Content-Type: {answer.kind}",
        f"Content-Length: {len(answer.body)}",
        "Cache-Control: no-store",
        "Connection: close",
        *headers,
        *(f"{name}: {value}" for name, value in answer.headers),
    ]
    return ("\r\n".join(head) + "\r\n\r\n").encode("latin-1") + (answer.body if body else b"")
