"""Check each request: is it for this machine, from our own page, and from somebody who was let in?"""

from __future__ import annotations

from http import HTTPStatus

from neteyes.serve.access.answers import refusal
from neteyes.serve.access.hosts import Hosts
from neteyes.serve.access.join import Attempts, Entrance, cookie_name, too_many
from neteyes.serve.access.request import RequestHead
from neteyes.serve.access.tokens import Token
from neteyes.watching.http import Answer

METHODS = ("GET", "HEAD", "POST", "PATCH", "DELETE")


class Checks:
    """Decide about requests by their heads.

    Args:
        hosts: the names of this machine.
        token: the secret.
        attempts: the limit of wrong tokens.
        entrance: the page that asks for the token.
        everyone: whether browsers need no token, because only this machine reaches the server. Programs,
            which send no Origin, still need it to change something.
    """

    def __init__(
        self, hosts: Hosts, token: Token, attempts: Attempts, entrance: Entrance, *, everyone: bool
    ) -> None:
        self._hosts, self._token, self._attempts = hosts, token, attempts
        self._entrance, self._everyone = entrance, everyone

    def wrong_address(self, request: RequestHead) -> Answer | None:
        """Refuse a request whose Host header does not name this machine."""
        host = request.header("host")
        if host is not None and self._hosts.include(host, request.arrived_at):
            return None
        return refusal(
            HTTPStatus.MISDIRECTED_REQUEST,
            "The mirror does not know this name or address as its own. If it is, start neteyes serve with "
            "--allow-host and that name.",
        )

    def foreign(self, request: RequestHead) -> Answer | None:
        """Refuse a request that another site's page makes a browser send; its Host was checked before."""
        if not request.is_websocket and request.method not in METHODS:
            words = f"Only {', '.join(METHODS)}."
            return refusal(HTTPStatus.METHOD_NOT_ALLOWED, words, ("allow", ", ".join(METHODS)))
        host = request.header("host") or ""
        origins = request.headers("origin")
        own = [self._hosts.is_own_origin(origin, host, request.scheme) for origin in origins]
        if not all(own) or len(own) > 1:
            return refusal(HTTPStatus.FORBIDDEN, "A page of another site may not do this.")
        if not own and request.changes_something and request.bearer() is None:
            return refusal(
                HTTPStatus.FORBIDDEN,
                "A request without an Origin needs the token, as Authorization: Bearer TOKEN.",
            )
        site = request.header("sec-fetch-site")
        opened = request.header("sec-fetch-mode") == "navigate" and not request.changes_something
        if site in ("cross-site", "same-site") and not opened:
            return refusal(HTTPStatus.FORBIDDEN, "A page of another site may not load this.")
        return None

    def uninvited(self, request: RequestHead) -> Answer | None:
        """Refuse a request without token and cookie; its Host and Origin were checked before."""
        if (bearer := request.bearer()) is not None:
            return self._wrong_bearer(request, bearer)
        if self._everyone or self._token.is_among(request.cookies(cookie_name(request))):
            return None
        if request.wants_page:
            return self._entrance.page(HTTPStatus.UNAUTHORIZED)
        return refusal(
            HTTPStatus.UNAUTHORIZED,
            "This needs the token. A browser gets it by the link in the terminal; a program sends "
            "Authorization: Bearer TOKEN.",
            ("www-authenticate", 'Bearer realm="neteyes"'),
        )

    def _wrong_bearer(self, request: RequestHead, bearer: str) -> Answer | None:
        if wait := self._attempts.wait(request.client):
            return too_many(wait)
        if self._token.is_token(bearer):
            self._attempts.right(request.client)
            return None
        self._attempts.wrong(request.client)
        challenge = ("www-authenticate", 'Bearer realm="neteyes", error="invalid_token"')
        return refusal(HTTPStatus.UNAUTHORIZED, "That is not the token.", challenge)
