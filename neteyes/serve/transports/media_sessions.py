"""Hold WebRTC sessions that programs begin over HTTP: an offer, an answer, and an address that ends it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from engines.errors import NetEyesError, UsageError
from neteyes.serve.transports.rtc_hub import TooManyPeers
from neteyes.serve.transports.rtc_offer import LONGEST
from stream.redact import words_of

SDP = "application/sdp"

RETRY_SECONDS = 10
"""Seconds after which a program that found no place may try again."""

Life = Callable[[Callable[[str], None]], Awaitable[None]]
"""Live one session: give the answer to the callable once, and return when the session has ended."""


class MediaSessions:
    """Hold the sessions of one endpoint by their secret addresses; used on the server's loop.

    Attributes:
        open: number of sessions.
    """

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @property
    def open(self) -> int:
        """Number of sessions."""
        return len(self._tasks)

    async def begin(self, endpoint: str, life: Life) -> Response:
        """Begin a session and return its answer: 201, with its own address in `Location`.

        Args:
            endpoint: path of the endpoint, behind which the address stands.
            life: what the session does.

        Raises:
            HTTPException: it could not begin; the status and the words say why.
        """
        answered: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        secret = secrets.token_urlsafe(16)
        task = asyncio.create_task(self._live(secret, life, answered))
        self._tasks[secret] = task
        try:
            answer = await answered
        except NetEyesError as error:
            raise refusal(error) from error
        except asyncio.CancelledError:
            task.cancel()
            raise
        return Response(answer, 201, {"location": f"{endpoint}/{secret}"}, media_type=SDP)

    async def end(self, request: Request) -> Response:
        """End the session whose address a request names; 404 if there is none."""
        task = self._tasks.get(request.path_params["secret"])
        if task is None:
            raise HTTPException(404, "There is no such session; it may have ended.")
        await _end(task)
        return Response(status_code=200)

    async def close(self) -> None:
        """End all sessions."""
        await asyncio.gather(*(_end(task) for task in list(self._tasks.values())))

    async def _live(self, secret: str, life: Life, answered: asyncio.Future[str]) -> None:
        try:
            await life(answered.set_result)
        except (NetEyesError, HTTPException) as error:
            if not answered.done():
                answered.set_exception(error)
        finally:
            del self._tasks[secret]
            if not answered.done():
                answered.set_exception(UsageError("The session ended before it was answered. Try again."))


def only(method: str, path: str, endpoint: Callable[[Request], Awaitable[Response]]) -> Route:
    """Return a route for one method; any other gets 405, and does not reach the routes behind it."""

    async def answer(request: Request) -> Response:
        if request.method != method:
            raise HTTPException(405, f"Only {method} is answered here.", {"allow": method})
        return await endpoint(request)

    return Route(path, answer, methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])


async def read_sdp(request: Request) -> str:
    """Return the offer in a request's body.

    Raises:
        HTTPException: it is no SDP by its type, too long or not text.
    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != SDP:
        raise HTTPException(415, f"Send an offer as {SDP}.")
    body = b""
    try:
        async for part in request.stream():
            body += part
            if len(body) > LONGEST:
                raise HTTPException(413, f"An offer has {LONGEST} bytes at most. Send one video and no more.")
        return body.decode()
    except (ClientDisconnect, UnicodeDecodeError) as error:
        raise HTTPException(400, "The offer is no text.") from error


def refusal(error: NetEyesError) -> HTTPException:
    """Return the answer to a program whose session could not begin."""
    if isinstance(error, TooManyPeers):
        return no_place(str(error))
    return HTTPException(400 if isinstance(error, UsageError) else 500, words_of(error))


def no_place(words: str) -> HTTPException:
    """Return the answer to a program for which there is no place now."""
    return HTTPException(503, words, {"retry-after": str(RETRY_SECONDS)})


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
