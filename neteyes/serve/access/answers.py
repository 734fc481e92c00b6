"""Answer a request ourselves: in text, JSON or a file, or as the refusal of a WebSocket."""

from __future__ import annotations

import json
from http import HTTPStatus

from starlette.types import Scope, Send

from neteyes.serve.access.headers import Headers
from neteyes.watching.http import Answer


async def send_answer(answer: Answer, scope: Scope, send: Send) -> None:
    """Send an answer; for a WebSocket, as the answer to its handshake."""
    headers: Headers = [
        (name.encode("latin-1"), value.encode("latin-1"))
        for name, value in (
            ("content-type", answer.kind),
            ("content-length", str(len(answer.body))),
            *answer.headers,
        )
    ]
    body = b"" if scope.get("method") == "HEAD" else answer.body
    prefix = "websocket.http" if scope["type"] == "websocket" else "http"
    await send({"type": f"{prefix}.response.start", "status": int(answer.status), "headers": headers})
    await send({"type": f"{prefix}.response.body", "body": body, "more_body": False})


def refusal(status: HTTPStatus, words: str, *headers: tuple[str, str]) -> Answer:
    """Return a refusal with words for a person."""
    return Answer(f"{words}\n".encode(), status, headers=headers)


def as_json(fact: object, *headers: tuple[str, str]) -> Answer:
    """Return an answer for a page's script."""
    return Answer(json.dumps(fact).encode(), kind="application/json", headers=headers)
