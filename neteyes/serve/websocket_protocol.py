"""Let uvicorn's WebSockets be cut at once, so that a peer that receives nothing keeps nothing open."""

from __future__ import annotations

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

CLOSING_SECONDS = 3.0
"""Seconds that a closing connection may take to send what waits in its buffer."""


class CuttableWebSocket(WebSocketsSansIOProtocol):
    """A WebSocket whose `scope["state"]["abort"]` cuts the connection."""

    def handle_connect(self, event: Request) -> None:
        """Begin the application's task, with a way to cut the connection in its scope."""
        super().handle_connect(event)
        if hasattr(self, "scope"):
            self.scope["state"]["abort"] = self.transport.abort

    def keepalive_timeout(self) -> None:
        """Cut the connection of a peer that answers no ping, whatever waits to be sent."""
        super().keepalive_timeout()
        self.loop.call_later(CLOSING_SECONDS, self.transport.abort)
