"""Let a visitor in: the page that a link with the token opens, and the cookie that it gets for the token.

The token stands behind the link's `#`. A browser sends that part to no server, so it is in no log of a proxy
and in no Referer. The page takes it out of the address bar, posts it, and gets the cookie. As our own page
then opens the mirror, the browser sends the cookie along; it would not after a link from another site.
"""

from __future__ import annotations

import json
import logging
from functools import cache
from http import HTTPStatus
from importlib.resources import files

from neteyes.serve.access.answers import as_json, refusal
from neteyes.serve.access.rates import Rate
from neteyes.serve.access.request import RequestHead
from neteyes.serve.access.tokens import Token
from neteyes.watching.http import Answer

log = logging.getLogger(__name__)

PATH = "/join"

_FILES = {
    "/join": ("join.html", "text/html; charset=utf-8"),
    "/join/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/join/style.css": ("style.css", "text/css; charset=utf-8"),
}

MOST_BODY = 4096
"""Bytes of a request with a token."""

_MOST_KNOWN = 256


class Attempts:
    """Bound how many wrong tokens are tried: by each client, and by all that never had the right one.

    An attempt beyond the limit is refused without a look at its token, or nothing would be bounded.
    """

    def __init__(self) -> None:
        self._each = Rate(per_second=0.2, burst=10)
        self._all = Rate(per_second=2, burst=60)
        self._told = Rate(per_second=1 / 60, burst=1)
        self._known: dict[str, None] = {}  # clients that had the right token, the newest last

    def wait(self, client: str) -> float:
        """Return for how many seconds the client may try no token; 0 if it may."""
        return max(self._each.wait(client), 0 if client in self._known else self._all.wait())

    def right(self, client: str) -> None:
        """Note that the client had the right token."""
        self._known.pop(client, None)
        self._known[client] = None
        if len(self._known) > _MOST_KNOWN:
            del self._known[next(iter(self._known))]

    def wrong(self, client: str) -> None:
        """Note that the client had a wrong token, and log it now and then if it goes on."""
        self._each.take(client)
        self._all.take()
        if self.wait(client) and self._told.take():
            log.warning("%s has tried too many wrong tokens, and must wait for each further try.", client)


class Entrance:
    """Answer the paths under `/join`, which are there for all.

    Args:
        token: the secret.
        attempts: the limit of wrong tokens.
    """

    def __init__(self, token: Token, attempts: Attempts) -> None:
        self._token, self._attempts = token, attempts

    @staticmethod
    def has(path: str) -> bool:
        """Return whether this path is one of ours."""
        return path in _FILES or path == f"{PATH}/status"

    def page(self, status: HTTPStatus = HTTPStatus.OK) -> Answer:
        """Return the page that asks for the token."""
        body, kind = _file(PATH)
        return Answer(body, status, kind)

    def answer(self, request: RequestHead, body: bytes, *, invited: bool) -> Answer:
        """Answer one request.

        Args:
            request: its head; its Host and Origin are found to be ours.
            body: its body.
            invited: whether it is let in already.
        """
        if request.method == "POST" and request.path == PATH:
            return self._exchange(request, body)
        if request.method not in ("GET", "HEAD"):
            return refusal(HTTPStatus.METHOD_NOT_ALLOWED, "Only GET.", ("allow", "GET, HEAD"))
        if request.path == f"{PATH}/status":
            return as_json({"invited": invited})
        body, kind = _file(request.path)
        return Answer(body, kind=kind)

    def _exchange(self, request: RequestHead, body: bytes) -> Answer:
        if (request.header("content-type") or "").partition(";")[0].strip() != "application/json":
            return refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send application/json.")
        try:
            found = json.loads(body)
            given = found["token"]
        except (ValueError, TypeError, KeyError, RecursionError):
            given = None
        if not isinstance(given, str):
            return refusal(HTTPStatus.BAD_REQUEST, 'Send {"token": "…"}.')
        if wait := self._attempts.wait(request.client):
            return too_many(wait)
        if not self._token.is_token(given):
            self._attempts.wrong(request.client)
            words = "That is not the token. The terminal in which neteyes serve runs shows it."
            return refusal(HTTPStatus.FORBIDDEN, words)
        self._attempts.right(request.client)
        name = cookie_name(request)
        secure = "; Secure" if request.scheme == "https" else ""
        cookie = f"{name}={self._token.cookie}; Path=/; HttpOnly; SameSite=Strict{secure}"
        return as_json({"invited": True}, ("set-cookie", cookie))


def too_many(wait: float) -> Answer:
    """Return the refusal of a client that tried too many tokens."""
    seconds = int(wait) + 1
    words = f"Too many wrong tokens. Wait {seconds} s, then try again."
    return refusal(HTTPStatus.TOO_MANY_REQUESTS, words, ("retry-after", str(seconds)))


def cookie_name(request: RequestHead) -> str:
    """Return the cookie's name: browsers keep one jar for all ports of a host, so the port stands in it."""
    prefix = "__Host-" if request.scheme == "https" else ""
    return f"{prefix}neteyes-{request.port}"


@cache
def _file(path: str) -> tuple[bytes, str]:
    name, kind = _FILES[path]
    return (files("neteyes.serve.access") / "join_page" / name).read_bytes(), kind
