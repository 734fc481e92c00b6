"""Send texts and frames to one page: texts in order, of frames only the newest."""

from __future__ import annotations

import asyncio
from collections import deque

from starlette.websockets import WebSocket

from neteyes.serve.messages import ToPage, encode

PATIENCE = 5.0
"""Seconds that a page may take to receive one message; then it counts as gone."""

MOST_TEXTS = 64
"""Texts that may wait; a page with more of them receives too slowly."""


class TooSlow(Exception):
    """Raised by `run` when the page does not receive what is sent."""


class PageOutbox:
    """Hold the messages that wait for a page. All but `run` are called on the server's loop, and never wait.

    Args:
        socket: the page's WebSocket.

    Attributes:
        replaced: number of frames that a newer one replaced before they were sent.
    """

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._texts: deque[str] = deque()
        self._frame: bytes | None = None
        self._filled = asyncio.Event()
        self._overfull = False
        self.replaced = 0

    def say(self, message: ToPage) -> None:
        """Send a message."""
        if len(self._texts) >= MOST_TEXTS:
            self._overfull = True
        else:
            self._texts.append(encode(message))
        self._filled.set()

    def show(self, frame: bytes) -> None:
        """Send a frame, in the place of one that still waits."""
        self.replaced += self._frame is not None
        self._frame = frame
        self._filled.set()

    async def run(self) -> None:
        """Send the messages, until the task is cancelled.

        Raises:
            TooSlow: the page did not receive a message in time, or too many wait.
            WebSocketDisconnect: the page has left.
        """
        while True:
            await self._filled.wait()
            self._filled.clear()
            try:
                await self.flush()
            except TimeoutError:
                raise TooSlow from None

    async def flush(self) -> None:
        """Send all that waits.

        Raises:
            TooSlow: too many texts wait.
            TimeoutError: the page did not receive a message in time.
        """
        while self._texts or self._frame is not None:
            if self._overfull:
                raise TooSlow
            async with asyncio.timeout(PATIENCE):
                if self._texts:
                    await self._socket.send_text(self._texts.popleft())
                elif self._frame is not None:
                    frame, self._frame = self._frame, None
                    await self._socket.send_bytes(frame)
