"""Read what the checks want to know of a request: its headers, cookies and bearer token, and its body."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from starlette.types import Message, Receive, Scope

from neteyes.serve.access.rates import client_of

_LOOKS = ("GET", "HEAD")


class RequestHead:
    """Read one request's head, HTTP or WebSocket.

    Args:
        scope: ASGI's scope of it.

    Attributes:
        path: its path, decoded, without the query.
        method: its method; GET for a WebSocket.
        scheme: `http` or `https`.
        client: the key of its client for the limits.
        arrived_at: this machine's address to which it came.
        port: this machine's port to which it came.
    """

    def __init__(self, scope: Scope) -> None:
        self.is_websocket = scope["type"] == "websocket"
        self.path: str = scope["path"]
        self.method: str = scope.get("method", "GET")
        self.scheme = "https" if scope["scheme"] in ("https", "wss") else "http"
        peer, here = scope.get("client"), scope.get("server")
        self.client = client_of(peer[0] if peer else None)
        self.arrived_at: str | None = here[0] if here else None
        self.port: int = (here[1] if here else None) or 0
        self._target = len(scope["path"]) + len(scope["query_string"])
        self._headers: Sequence[tuple[bytes, bytes]] = scope["headers"]

    @property
    def size(self) -> int:
        """The bytes of its path, query and headers."""
        return self._target + sum(len(name) + len(value) for name, value in self._headers)

    @property
    def changes_something(self) -> bool:
        """Whether it is more than a look: a WebSocket, or another method than GET and HEAD."""
        return self.is_websocket or self.method not in _LOOKS

    @property
    def wants_page(self) -> bool:
        """Whether a browser asks for a page to show, rather than a script or program for data."""
        return not self.changes_something and "text/html" in (self.header("accept") or "")

    def header(self, name: str) -> str | None:
        """Return a header's value; None without it, or if there are several."""
        found = self.headers(name)
        return found[0] if len(found) == 1 else None

    def headers(self, name: str) -> list[str]:
        """Return the values of all headers of a name, given in small letters."""
        wanted = name.encode("ascii")
        return [value.decode("latin-1").strip() for key, value in self._headers if key == wanted]

    def bearer(self) -> str | None:
        """Return the token of an Authorization header; empty if the header is invalid, None without one."""
        if not self.headers("authorization"):
            return None
        scheme, _, token = (self.header("authorization") or "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    def cookies(self, name: str) -> list[str]:
        """Return the values of all cookies of a name."""
        pairs = [pair.strip().partition("=") for line in self.headers("cookie") for pair in line.split(";")]
        return [value for key, _, value in pairs if key == name]


async def read_body(receive: Receive, most: int, seconds: float) -> bytes | None:
    """Return a request's whole body; None if the client left.

    Raises:
        OverflowError: it has more than `most` bytes.
        TimeoutError: it took longer than that many seconds.
    """
    parts, size = [], 0
    async with asyncio.timeout(seconds):
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return None
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > most:
                raise OverflowError
            if not message.get("more_body", False):
                return b"".join(parts)


def replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives a body that was read already, and then what else comes."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
