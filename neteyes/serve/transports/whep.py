"""Give a mirror's views to players by WHEP (draft-ietf-wish-whep): a player offers, and watches."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from neteyes.serve.transports.media_sessions import MediaSessions, only, read_sdp
from neteyes.serve.transports.rtc import Rtc
from neteyes.serve.transports.whip import DEFAULT_NAME, Whip

if TYPE_CHECKING:
    from neteyes.serve.service import Service, Stand

INPUT = "input"
"""The name of the shared input among what can be watched."""


class Whep:
    """Give views to players: those of the shared input, or of a published camera.

    Args:
        service: what all visits share.
        whip: the published cameras.

    Attributes:
        sessions: the players' sessions.
    """

    def __init__(self, service: Service, whip: Whip) -> None:
        self.sessions = MediaSessions()
        self._service, self._whip = service, whip

    def routes(self) -> list[Route]:
        """Return the routes; PATCH gets 405, as in WHIP."""
        return [
            only("POST", "/whep", self._watch),
            only("POST", "/whep/{name}", self._watch),
            only("DELETE", "/whep/{name}/{secret}", self.sessions.end),
        ]

    async def _watch(self, request: Request) -> Response:
        shared = self._service.input is not None
        name = request.path_params.get("name", INPUT if shared else DEFAULT_NAME)
        offer = await read_sdp(request)
        if name not in ([INPUT] if shared else self._whip.published):
            there = f"/whep/{INPUT}" if shared else ", ".join(f"/whep/{one}" for one in self._whip.published)
            raise HTTPException(
                404,
                f"Nothing is published as '{name}'. There is: {there or 'nothing; publish to /whip first'}.",
            )

        async def life(answered: Callable[[str], None]) -> None:
            await self._live(name, offer, answered)

        return await self.sessions.begin(f"/whep/{name}", life)

    async def _live(self, name: str, offer: str, answered: Callable[[str], None]) -> None:
        async with self._stand(name) as (stand, ended):
            peer = Rtc(stand.views, None, hub=self._service.hub, ended=lambda words: gone.set())
            gone = asyncio.Event()
            try:
                answered(await peer.answer(offer))
                waits = [asyncio.create_task(event.wait()) for event in (gone, ended)]
                try:
                    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for wait in waits:
                        wait.cancel()
            finally:
                await peer.close()

    @asynccontextmanager
    async def _stand(self, name: str) -> AsyncIterator[tuple[Stand, asyncio.Event]]:
        """Hold the video of a player, and an event that ends it."""
        if name == INPUT and self._service.input:
            async with self._service.stand() as stand:
                yield stand, asyncio.Event()
            return
        published = self._whip.published.get(name)
        if published is None or published.stand is None:
            raise HTTPException(404, f"'{name}' is being opened. Try again in a second.")
        published.watch(1)
        try:
            yield published.stand, published.ended
        finally:
            published.watch(-1)
