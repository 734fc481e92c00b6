"""Take a camera that a program publishes by WHIP (RFC 9725): OBS, a browser, GStreamer or another neteyes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from neteyes.serve.transports.media_sessions import MediaSessions, no_place, only, read_sdp
from neteyes.serve.transports.rtc import Rtc

if TYPE_CHECKING:
    from neteyes.serve.service import Service, Stand

DEFAULT_NAME = "live"
"""The name of a camera that is published to `/whip` itself."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")


@dataclass(eq=False)
class PublishedCamera:
    """Hold a camera that is published, with its mirror.

    Attributes:
        ended: set when it is no longer published.
        stand: its mirror; None while that is opened.
        peer: its connection.
    """

    ended: asyncio.Event = field(default_factory=asyncio.Event)
    stand: Stand | None = None
    peer: Rtc | None = None
    _watching: int = 0

    def watch(self, change: int) -> None:
        """Count who watches; while nobody does, its frames are neither decoded nor painted."""
        self._watching += change
        if self.stand and self.peer:
            self.peer.paused = self._watching == 0


class Whip:
    """Take published cameras: each has a seat, a name and a mirror of its own. Only without a shared input.

    Args:
        service: what all visits share.

    Attributes:
        published: the cameras by their names.
        sessions: their sessions.
    """

    def __init__(self, service: Service) -> None:
        self.published: dict[str, PublishedCamera] = {}
        self.sessions = MediaSessions()
        self._service = service

    def routes(self) -> list[Route]:
        """Return the routes; PATCH gets 405, as there is no trickle ICE and no restart (RFC 9725, 4.3)."""
        return [
            only("POST", "/whip", self._publish),
            only("POST", "/whip/{name}", self._publish),
            only("DELETE", "/whip/{name}/{secret}", self.sessions.end),
        ]

    async def _publish(self, request: Request) -> Response:
        name = request.path_params.get("name", DEFAULT_NAME)
        if not _NAME.fullmatch(name):
            raise HTTPException(400, "A name has up to 32 letters, digits, _ and -.")
        offer = await read_sdp(request)
        if self._service.input:
            raise HTTPException(
                409,
                "This server shows one input to all. Start neteyes serve without an input to publish to it.",
            )
        if name in self.published:
            raise HTTPException(409, f"'{name}' is published already. Publish to /whip/ANOTHER-NAME.")
        if not self._service.visitors.free:
            raise no_place(
                "All seats are taken. Try again later, or start neteyes serve with more --visitors."
            )
        published = self.published[name] = PublishedCamera()

        async def life(answered: Callable[[str], None]) -> None:
            try:
                await self._live(published, offer, answered)
            finally:
                published.ended.set()
                del self.published[name]

        return await self.sessions.begin(f"/whip/{name}", life)

    async def _live(self, published: PublishedCamera, offer: str, answered: Callable[[str], None]) -> None:
        service = self._service
        async with service.visitors.seat(lambda place, of: None), service.stand() as stand:
            mirror = stand.mirror
            if service.options.mirror is None:
                mirror.controls.mirror = False  # its program shows it as it is
            peer = Rtc(None, stand.source, hub=service.hub, ended=lambda words: published.ended.set())
            published.stand, published.peer = stand, peer
            published.watch(0)
            try:
                answered(await peer.answer(offer))
                while mirror.error is None and not published.ended.is_set():
                    await _until(published.ended, 1.0)
            finally:
                await peer.close()


async def _until(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
