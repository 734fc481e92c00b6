"""Serve the mirror over HTTP on a thread of its own, from its start to its end in order."""

from __future__ import annotations

import asyncio
import threading
from types import TracebackType
from typing import Self

import uvicorn
from rich.console import Console

from engines.errors import SinkError
from neteyes.serve.access import Access
from neteyes.serve.access.invitation import Invitation
from neteyes.serve.health import MirrorHealth
from neteyes.serve.routes import Visits, make_app
from neteyes.serve.serve_options import ServeOptions
from neteyes.serve.service import Service
from neteyes.serve.transports import jpeg_codec
from neteyes.watching.addresses import Address
from neteyes.watching.http import bind

PING_SECONDS, PONG_SECONDS = 3.0, 6.0
"""Seconds between two pings of a WebSocket, and for the answer: a peer that vanished is noticed in nine."""


class MirrorServer:
    """Serve the mirror inside the context.

    Args:
        options: the options of the command.
        console: where the token will be shown, if visitors need one that is made here.

    Attributes:
        address: where it listens.
        service: what all visits share.
        access: who may come in.
        health: whether the server is well.

    Raises:
        NetEyesError: an option is invalid, or the port, the nets or the input cannot be opened.
    """

    def __init__(self, options: ServeOptions, console: Console | None = None) -> None:
        self.access = Access(
            options.listen,
            token=options.token,
            https=options.https,
            cert=options.cert,
            key=options.key,
            allow_host=options.allow_host or (),
        )
        if console:
            self.access.check_terminal(console)
        listen = self.access.address
        self._listening = bind(listen)
        self.address = Address(listen.host, self._listening.getsockname()[1])
        try:
            self.service = Service(options, listen.host)
        except BaseException:
            self._listening.close()
            raise
        self._visits, self.health = Visits(self.service), MirrorHealth(self.service)
        application = self.access.guard(make_app(self.service, self._visits, self.health))
        self._server = uvicorn.Server(
            uvicorn.Config(
                application,
                ws_max_size=jpeg_codec.MOST_BYTES + 4,
                ws_ping_interval=PING_SECONDS,
                ws_ping_timeout=PONG_SECONDS,
                ws_per_message_deflate=False,
                loop="asyncio",
                lifespan="off",
                log_config=None,
                log_level="critical",
                timeout_graceful_shutdown=2,
                **self.access.uvicorn_options(),
            )
        )
        self._started = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="server", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._end(), self._loop)
        self._thread.join(8)
        self.service.close()

    @property
    def invitation(self) -> Invitation:
        """The link of the page, and the token."""
        return self.access.invitation(self.address.port)

    @property
    def url(self) -> str:
        """The address of the page, with a `/` at its end."""
        return self.invitation.pages[0]

    def finished(self) -> bool:
        """Return whether the shared input has come to its end; without one, there is no end.

        Raises:
            SinkError: the server has stopped by itself.
            NetEyesError: the shared input broke.
        """
        if not self._thread.is_alive():
            raise SinkError(f"The server has stopped: {self._error}. Start it again.") from self._error
        return self.service.input_ended

    async def _end(self) -> None:
        await self._visits.end()
        self._server.should_exit = True

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._error = error
        finally:
            self._started.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.call_soon(self._started.set)
        await self._server.serve(sockets=[self._listening])
        await self.service.hub.close()
