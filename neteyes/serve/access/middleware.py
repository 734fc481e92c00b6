"""Guard an ASGI app: check each request before the app sees it, and bound what it may cost."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect
from uvicorn.protocols.utils import ClientDisconnected

from neteyes.internal_errors import internal
from neteyes.serve.access.answers import refusal, send_answer
from neteyes.serve.access.checks import Checks
from neteyes.serve.access.connections import CONNECTION, CountedConnection
from neteyes.serve.access.headers import Headers, merged, safe_headers
from neteyes.serve.access.join import MOST_BODY, Entrance
from neteyes.serve.access.rates import Rate
from neteyes.serve.access.request import RequestHead, read_body, replay
from neteyes.watching.http import Answer

log = logging.getLogger(__name__)

MOST_HEAD = 16 * 1024
"""Bytes of a request's line and headers."""

MOST_REQUEST = 256 * 1024
"""Bytes of a request's body: an SDP offer is the longest."""

BODY_TIME = 10.0
"""Seconds until a request's body is complete."""

ANSWER_TIME = 30.0
"""Seconds until a request is answered and its client has read the answer."""

REQUESTS = (50.0, 300.0)
"""Requests a second of one client, and how many may come at once."""


class Guarded:
    """Represent an app behind the checks, as an ASGI app.

    Args:
        app: the app.
        checks: decide about each request.
        entrance: answers the paths under `/join`.
    """

    def __init__(self, app: ASGIApp, checks: Checks, entrance: Entrance) -> None:
        self._app, self._checks, self._entrance = app, checks, entrance
        self._requests = Rate(*REQUESTS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or let the app do so."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        connection: CountedConnection | None = scope.get("state", {}).pop(CONNECTION, None)
        request = RequestHead(scope)
        wrong = self._checks.wrong_address(request)
        answering = _Answering(
            scope, send, safe_headers(None if wrong else request.header("host"), request.scheme)
        )
        try:
            async with asyncio.timeout(None if request.is_websocket else ANSWER_TIME):
                await self._serve(scope, request, receive, answering, connection, wrong)
        except (WebSocketDisconnect, ClientDisconnected):
            pass  # the visitor left while something was sent
        except TimeoutError:
            await self._fail(scope, answering, connection, HTTPStatus.SERVICE_UNAVAILABLE)
        except Exception as error:
            # A visitor sees no more of it than that it happened.
            log.error("%s", internal(error, " in an answer"), exc_info=error)
            await self._fail(scope, answering, connection, HTTPStatus.INTERNAL_SERVER_ERROR)

    async def _serve(
        self,
        scope: Scope,
        request: RequestHead,
        receive: Receive,
        answering: _Answering,
        connection: CountedConnection | None,
        wrong: Answer | None,
    ) -> None:
        refused = wrong or self._too_much(request) or self._checks.foreign(request)
        if refused:
            await send_answer(refused, scope, answering)
            return
        uninvited = self._checks.uninvited(request)
        entering = not request.is_websocket and self._entrance.has(request.path)
        if uninvited and not entering:
            await send_answer(uninvited, scope, answering)
            return
        if connection is not None and not uninvited:
            connection.admitted = True
        if request.is_websocket:
            await self._app(scope, receive, answering)
            return
        body = await self._body(request, receive, MOST_BODY if entering else MOST_REQUEST)
        if isinstance(body, Answer):
            await send_answer(body, scope, answering)
        elif entering and body is not None:
            reply = self._entrance.answer(request, body, invited=uninvited is None)
            await send_answer(reply, scope, answering)
        elif body is not None:
            await self._app(scope, replay(body, receive), answering)

    def _too_much(self, request: RequestHead) -> Answer | None:
        if request.size > MOST_HEAD:  # one that came in one piece was not measured while it was read
            words = f"The headers may have {MOST_HEAD} bytes."
            return refusal(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, words)
        if not self._requests.take(request.client):
            words, after = "Too many requests. Wait a second.", ("retry-after", "1")
            return refusal(HTTPStatus.TOO_MANY_REQUESTS, words, after)
        return None

    @staticmethod
    async def _body(request: RequestHead, receive: Receive, most: int) -> bytes | Answer | None:
        """Return a request's body; None if its client left, or a refusal if it is too long or too slow."""
        close = ("connection", "close")
        try:
            said = int(request.header("content-length") or 0)
            if said > most:
                raise OverflowError
            return await read_body(receive, most, BODY_TIME)
        except (OverflowError, ValueError):
            words = f"A request may have {most} bytes."
            return refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, words, close)
        except TimeoutError:
            return refusal(HTTPStatus.REQUEST_TIMEOUT, "The request came too slowly.", close)

    @staticmethod
    async def _fail(
        scope: Scope, answering: _Answering, connection: CountedConnection | None, status: HTTPStatus
    ) -> None:
        """End a request that cannot be answered."""
        with suppress(ClientDisconnected):
            if not answering.begun:
                await send_answer(refusal(status, f"{status.phrase}."), scope, answering)
            elif scope["type"] == "websocket":
                await answering.close(1011)
            elif connection is not None:
                connection.drop()


class _Answering:
    """Send an answer with the headers that all have."""

    def __init__(self, scope: Scope, send: Send, safe: Headers) -> None:
        self._scope, self._send, self._safe = scope, send, safe
        self.begun = False
        self._closed = False

    async def __call__(self, message: Message) -> None:
        kind = message["type"]
        if kind == "websocket.close" and not self.begun:
            await send_answer(refusal(HTTPStatus.NOT_FOUND, "There is no WebSocket."), self._scope, self)
            return
        if kind in ("http.response.start", "websocket.http.response.start", "websocket.accept"):
            message = {**message, "headers": merged(message.get("headers", ()), self._safe)}
        self._closed = self._closed or kind == "websocket.close"
        self.begun = True
        await self._send(message)

    async def close(self, code: int) -> None:
        """Close a WebSocket, unless it is closed."""
        if not self._closed:
            await self({"type": "websocket.close", "code": code, "reason": ""})
